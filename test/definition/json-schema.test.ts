// The shipped JSON Schema: generated from the parser's own schemas, and of one mind with the parser.
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resourceJsonSchema } from '../../src/definition/json-schema.ts';
import { parseResourceFile } from '../../src/definition/resource-file.ts';
import { stepTypes } from '../../src/extract/registry.ts';

const FILE = fileURLToPath(new URL('../../resources/resource.schema.json', import.meta.url));

const vocabulary = {
  steps: stepTypes,
  checkSchedule: async () => null,
  checkTimezone: () => null,
  checkPattern: () => null,
};

it('is the file that is shipped: npm run schema writes it anew', async () => {
  const generated = `${JSON.stringify(resourceJsonSchema(vocabulary), null, 2)}\n`;
  await expect(generated).toMatchFileSnapshot(FILE);
});

describe('the shipped schema', () => {
  const schema = resourceJsonSchema(vocabulary);
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);

  /** What the schema and what the parser say of a definition. */
  async function judge(text: string) {
    const parsed = await parseResourceFile({ file: 'resource.yaml', name: 'x', bytes: Buffer.from(text), vocabulary });
    return { schema: validate(parse(text)), parser: parsed.ok };
  }

  it.each([
    ['a source and a filter', 'message: a\nextract:\n  - http: https://example.com/\n  - json: $.a\n    pick: only\n'],
    [
      'options of every shape',
      'message: a\nextract:\n  - http: https://example.com/\n    headers: {A: b}\n    as: page\n',
    ],
    [
      'a filter that takes a kept output',
      'message: a\nextract:\n  - file: a.txt\n    as: one\n  - regex: .\n    from: one\n',
    ],
    ['a timed job', 'message: a\nschedule: "@daily"\ntimezone: Europe/London\n'],
    ['one or many', 'message: a\nevery: 1h30m\naliases: b\ntags: [c, d]\n'],
    [
      'a run',
      'message: a\nevery: 5m\nrun:\n  target: {repository: https://example.com/a.git, ref: v1, depth: 1}\n  timeout: 2h\n  tasks: {a: {script: x}, b: {script: [y, z], depends_on: a}}\n',
    ],
    [
      'everything that a run can say of its surroundings',
      'message: a\nevery: 5m\nrun:\n  target: {repository: git@example.com:a.git, filter: "blob:none", sparse: [a, b/c], submodules: true, lfs: false}\n  start_delay: 1m\n  start_within: 1h\n  parallel: 2\n  retries_when_lost: 0\n  remove_workspace: never\n  sandbox: bubblewrap\n  jenkins: true\n  retention_count: 3\n',
    ],
    ['tasks of any tongue', 'message: a\nevery: 5m\nrun: {tasks: {"übung_1.2+x-y": {}, on_errors: {}}}\n'],
  ])('accepts %s, as the parser does', async (_, text) => {
    expect(await judge(text)).toEqual({ schema: true, parser: true });
  });

  it.each([
    ['no message', 'every: 5m\n'],
    ['a message that is a number', 'message: 3\nevery: 5m\n'],
    ['an unknown key', 'message: a\nevery: 5m\nevrey: 5m\n'],
    ['an unknown key of the run part', 'message: a\nevery: 5m\nrun: {tsks: {}}\n'],
    ['an unknown option of a step', 'message: a\nextract:\n  - http: https://example.com/\n    heders: {}\n'],
    ['an unknown kind of step', 'message: a\nextract:\n  - htp: https://example.com/\n'],
    ['a filter first', 'message: a\nextract:\n  - json: $.a\n'],
    ['a source later', 'message: a\nextract:\n  - file: a\n  - file: b\n'],
    ['two kinds in one step', 'message: a\nextract:\n  - file: a\n    json: $.a\n'],
    ['an empty list of steps', 'message: a\nextract: []\n'],
    ['a duration without its unit', 'message: a\nevery: "5"\n'],
    ['a confirmation of none', 'message: a\nevery: 5m\nconfirm: 0\n'],
    ['a repository that is an option', 'message: a\nevery: 5m\nrun: {target: {repository: --upload-pack=x}}\n'],
    ['a task named like an option', 'message: a\nevery: 5m\nrun: {tasks: {-x: {}}}\n'],
    ['a task with a slash', 'message: a\nevery: 5m\nrun: {tasks: {a/b: {}}}\n'],
    ['a task with a name that is taken', 'message: a\nevery: 5m\nrun: {tasks: {prepare: {}}}\n'],
    ['a workspace that is removed at will', 'message: a\nevery: 5m\nrun: {remove_workspace: sometimes}\n'],
  ])('refuses %s, as the parser does', async (_, text) => {
    expect(await judge(text)).toEqual({ schema: false, parser: false });
  });

  it('describes every key for the editor', () => {
    const { properties } = schema as { properties: Record<string, { description?: string }> };
    expect(Object.entries(properties).filter(([, { description }]) => description === undefined)).toEqual([]);
  });
});
