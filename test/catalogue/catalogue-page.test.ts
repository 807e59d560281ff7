// The catalogue in resources/README.md against the program: its table names the entries that there are, its keys are
// those of the format, what it shows is right.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fillEntry } from '../../src/catalogue/fill-entry.ts';
import { shippedCatalogue } from '../../src/catalogue/open-catalogue.ts';
import { hasFallback } from '../../src/catalogue/parameter.ts';
import { writtenAnswer, writtenEntry, writtenExample, writtenParameter } from '../../src/catalogue/written-entry.ts';
import { readBatch } from '../../src/cli/adding/batch-file.ts';
import { RESOURCES } from '../support/catalogue-example.ts';
import { codeBlocks, sectionOf, tableRows } from '../support/markdown.ts';
import { entryOf } from './entries-of.ts';

const reference = await readFile(`${RESOURCES}README.md`, 'utf8');
const section = sectionOf(reference, 'The catalogue');
const catalogue = shippedCatalogue();

describe('the catalogue in the reference', () => {
  it('has a row for each entry, with its summary and parameters', async () => {
    const entries = await Promise.all((await catalogue.names()).map((name) => catalogue.entry(name)));
    const expected = entries.map(({ name, summary, parameters }) => [
      `\`${name}\``,
      summary,
      [...parameters.values()].map((one) => `\`${one.name}\`${hasFallback(one) ? '?' : ''}`).join(', '),
    ]);
    expect(tableRows(reference, 'Entries')).toEqual(expected);
  });

  it('shows a batch that is right', async () => {
    const [block] = codeBlocks(section).filter(({ info }) => info.has('batch'));
    const entries = await readBatch('batch', Buffer.from(block?.text ?? ''));
    const names = entries.map(async ({ name, from }) => {
      const made = fillEntry(await catalogue.entry(from?.entry ?? ''), from?.given ?? new Map());
      return name ?? made.name;
    });
    expect(await Promise.all(names)).toEqual(['core-beta-amd64', 'core-beta-arm64', 'docs']);
  });

  it('shows an entry that is right', async () => {
    const [block] = codeBlocks(section).filter(({ info }) => info.has('entry.yaml'));
    const entry = await entryOf(block?.text ?? '');
    const [example] = entry.examples;
    expect(fillEntry(entry, example?.set ?? new Map())).toMatchObject({
      name: 'lamp-main',
      definition: { extract: [{ http: example?.answers[0]?.of }, {}] },
    });
  });

  it('names commands whose entries and parameters there are', async () => {
    const [block] = codeBlocks(section).filter(({ language }) => language === 'sh');
    const lines = block?.text.trimEnd().split('\n') ?? [];
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const from = / --from (\S+)/.exec(line)?.[1] ?? '';
      const set = [...line.matchAll(/ --set (\S+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value] as const);
      expect(fillEntry(await catalogue.entry(from), new Map(set)).origin).toContain(set[0]?.join('='));
    }
  });
});

describe('the format of an entry in the reference', () => {
  const listed = (heading: string) => tableRows(reference, heading).map(([key]) => key?.replaceAll('`', ''));
  const keys = (schema: z.ZodType) =>
    Object.keys(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {});

  it.each([
    ['Keys of an entry', writtenEntry],
    ['Keys of a parameter', writtenParameter],
    ['Keys of an example', writtenExample],
    ['Answers', writtenAnswer],
  ])('%s are those that there are', (heading, schema) => {
    expect(listed(heading)).toEqual(keys(schema));
  });
});
