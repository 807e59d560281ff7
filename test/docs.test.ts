// The documentation is executed: definitions are read by the real parser, steps are carried out against what their
// example gives, and tables name exactly what the program has.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseResourceFile } from '../src/definition/resource-file.ts';
import type { Vocabulary } from '../src/definition/vocabulary.ts';
import { writtenResource } from '../src/definition/written-resource.ts';
import { stepTypes } from '../src/extract/registry.ts';
import { checkCron } from '../src/schedule/cron.ts';
import { examplesIn, runExample } from './support/documented-example.ts';
import { codeBlocks, sectionOf, tableRows } from './support/markdown.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = [
  'README.md',
  'resources/README.md',
  'custom/README.md',
  'snap/README.md',
  'test/README.md',
  '.github/ARCHITECTURE.md',
  '.github/CONTRIBUTING.md',
];
const pages = await Promise.all(PAGES.map(async (path) => ({ path, text: await readFile(join(ROOT, path), 'utf8') })));
const reference = await readFile(join(ROOT, 'resources/README.md'), 'utf8');

const vocabulary: Vocabulary = {
  steps: stepTypes,
  checkSchedule: async ({ expression, name }) => checkCron(expression, name),
  checkTimezone: () => null,
  checkPattern: () => null,
};

/** A definition that must be right. */
async function readDefinition(text: string) {
  const parsed = await parseResourceFile({
    file: 'resource.yaml',
    bytes: new TextEncoder().encode(text),
    vocabulary,
    name: 'example',
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 1));
  return parsed.value;
}

/** The words in the first column of a table, without their marks. */
const firstColumn = (markdown: string, heading: string) =>
  tableRows(markdown, heading).map(([cell]) => cell?.replaceAll('`', ''));

/** Keys of the written form of a schema. */
function keysOf(schema: z.ZodType): readonly string[] {
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.keys(properties ?? {});
}

describe('the reference of definitions', () => {
  const definitions = codeBlocks(reference).filter(({ info }) => info.has('resource.yaml'));

  it('shows definitions', () => {
    expect(definitions.length).toBeGreaterThan(0);
  });

  it.each(definitions)('shows a definition at line $line that is right', async ({ text }) => {
    expect((await readDefinition(text)).message).not.toBe('');
  });

  it('lists exactly the keys that a definition can have', () => {
    expect(firstColumn(reference, 'Keys').sort()).toEqual([...keysOf(writtenResource)].sort());
  });
});

describe.each(Object.entries(stepTypes))('the reference of step %s', (kind, type) => {
  const section = sectionOf(reference, `\`${kind}\``);
  const examples = examplesIn(codeBlocks(section));

  it('stands among its like', () => {
    const family = sectionOf(reference, type.role === 'source' ? 'Sources' : 'Filters');
    expect(family).toContain(`\n### \`${kind}\`\n`);
  });

  it('lists exactly the options that the step has, the main one first', () => {
    const listed = firstColumn(reference, `\`${kind}\``);
    expect(listed[0]).toBe(kind);
    expect([...listed].sort()).toEqual([...keysOf(type.schema)].sort());
  });

  it('has an example that uses it', () => {
    expect(examples.some(({ steps }) => new RegExp(`^- (.*\\n  )*${kind}:`, 'm').test(steps.text))).toBe(true);
  });

  it.each(examples)('has an example that gives $value', async (example) => {
    const indented = example.steps.text.replace(/^(?=.)/gm, '  ');
    const { extraction } = await readDefinition(`message: Example\nextract:\n${indented}`);
    expect(extraction.kind).toBe('steps');
    const observation = await runExample(example, extraction.kind === 'steps' ? extraction.steps : []);
    expect(observation).toMatchObject({ kind: 'value', value: example.value });
  });
});

describe.each(pages)('$path', ({ path, text }) => {
  it('shows no YAML that nothing checks', () => {
    const marks = ['example', 'resource.yaml', 'spread-cron.yaml', 'agent.yaml', 'workflow'];
    const unchecked = codeBlocks(text).filter(
      ({ language, info }) => language === 'yaml' && !marks.some((mark) => info.has(mark)),
    );
    expect(unchecked.map(({ line }) => `${path}:${line}`)).toEqual([]);
  });

  it('links only to what is there', () => {
    const slugs = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slugOf(heading ?? ''));
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^https?:/.test(target))
      .filter((target) =>
        target.startsWith('#')
          ? !slugs.includes(target.slice(1))
          : !existsSync(join(ROOT, dirname(path), target.replace(/#.*/, ''))),
      );
    expect(broken).toEqual([]);
  });
});

/** The anchor that a forge makes of a heading. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}
