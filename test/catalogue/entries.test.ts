// Every entry of the catalogue: its file is right, and each of its examples gives the value that it says, from what its
// endpoint answers.
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fillEntry } from '../../src/catalogue/fill-entry.ts';
import { shippedCatalogue } from '../../src/catalogue/open-catalogue.ts';
import { parseResourceFile } from '../../src/definition/resource-file.ts';
import { writeResourceFile } from '../../src/definition/resource-writer.ts';
import { VOCABULARY } from '../../src/pipeline/vocabulary.ts';
import { documented, RESOURCES } from '../support/catalogue-example.ts';
import { runExample } from '../support/documented-example.ts';

const catalogue = shippedCatalogue();
const names = await catalogue.names();
const entries = await Promise.all(names.map((name) => catalogue.entry(name)));

it('every folder of resources/ is an entry', async () => {
  const found = await readdir(RESOURCES, { withFileTypes: true });
  expect(found.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()).toEqual(names);
  expect(names.length).toBeGreaterThan(30);
});

describe.each(entries)('$name', (entry) => {
  it('has the files that its examples name, and no others', async () => {
    const used = new Set(entry.examples.flatMap(({ answers }) => answers.map(({ file }) => file)));
    expect((await readdir(`${RESOURCES}${entry.name}`)).sort()).toEqual([...used, 'entry.yaml'].sort());
  });

  it('has sentences in its description, and none in its summary', () => {
    expect(entry.description).toMatch(/\.\n/);
    expect(entry.summary).toMatch(/^[^.\n]+$/);
    for (const { description } of entry.parameters.values()) expect(description).toMatch(/^[^\n]*[^.\n]$/);
  });

  it('has a value for each of its parameters in some example, or a default', () => {
    const set = new Set(entry.examples.flatMap((example) => [...example.set.keys()]));
    const never = [...entry.parameters.values()].filter(({ name, fallback }) => fallback === null && !set.has(name));
    // a login changes nothing of what is asked for
    expect(never.flatMap(({ name, secret }) => (secret || name === 'username' ? [] : [name]))).toEqual([]);
  });

  it.each(entry.examples)('gives $value', async (example) => {
    const filled = fillEntry(entry, example.set);
    const text = await writeResourceFile(filled.definition, 'resource.yaml');
    const parsed = await parseResourceFile({
      file: 'resource.yaml',
      bytes: Buffer.from(text),
      vocabulary: VOCABULARY,
      name: filled.name,
    });
    expect(parsed.ok ? [] : parsed.problems).toEqual([]);
    if (!parsed.ok) return;
    const { extraction } = parsed.value;
    const observation = await runExample(
      await documented(entry, example),
      extraction.kind === 'steps' ? extraction.steps : [],
    );
    expect(observation).toMatchObject({ kind: 'value', value: example.value });
  });
});
