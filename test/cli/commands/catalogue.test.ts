// `catalogue`: the list, one entry explained, and the same as objects.
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/catalogue/entry.ts';
import type { Catalogue } from '../../../src/catalogue/open-catalogue.ts';
import { runCatalogue } from '../../../src/cli/commands/catalogue.ts';
import { entryOf, entryText } from '../../catalogue/entries-of.ts';
import { listen, type Telling } from '../command-tools.ts';

const entries: Readonly<Record<string, Entry>> = {
  shop: {
    ...(await entryOf(
      entryText({
        description: '"What the shop sells.\\n\\nIn two lines."',
        parameters: `
  path: { description: the path, pattern: "\\\\S+" }
  deep: { description: whether deep, default: false, choices: [true, false] }
  days: { description: when, optional: true, several: true }`,
        name: '${path}-${deep}',
        definition: '{ message: "New ${path}", extract: [{ json: "${path}", days: "${days}" }] }',
        examples: '[{ set: { path: "$.a", days: [mon, tue] }, value: "7" }]',
      }),
    )),
    name: 'shop',
  },
  plain: {
    ...(await entryOf(
      entryText({ parameters: '{}', name: 'plain', definition: '{ message: x }', examples: '[{ value: "1" }]' }),
    )),
    name: 'plain',
  },
};

const catalogue: Catalogue = {
  names: async () => ['plain', 'shop'],
  entry: async (name) => entries[name] ?? Promise.reject(new Error(name)),
};

async function shown(name: string | undefined, telling: Telling = {}) {
  const told = listen(telling);
  const code = await runCatalogue(name, catalogue, told);
  expect(code).toBe(0);
  return told;
}

describe('catalogue', () => {
  it('lists entries with what they watch', async () => {
    expect((await shown(undefined)).stdout()).toBe('ENTRY  WATCHES\nplain  a thing\nshop   a thing\n');
  });

  it('says on a terminal how to go on', async () => {
    expect((await shown(undefined, { terminal: 80 })).stderr()).toContain('catalogue ENTRY explains one');
    expect((await shown(undefined)).stderr()).toBe('');
  });

  it('explains an entry: parameters, a command, and what that makes', async () => {
    expect((await shown('shop')).stdout().split('\n')).toEqual([
      'shop   a thing',
      '',
      'What the shop sells.',
      '',
      'In two lines.',
      '',
      'path   the path',
      '       required',
      'deep   whether deep',
      '       one of true, false; default false',
      'days   when',
      '       several, with commas; may be left out',
      '',
      "  spread-cron add-resource --from shop --set 'path=$.a' --set days=mon,tue",
      '',
      'makes $.a-false, whose changes read New $.a (7):',
      '',
      '  message: New $.a',
      '  extract:',
      '    - json: $.a',
      '      days:',
      '        - mon',
      '        - tue',
      '',
    ]);
  });

  it('explains one without parameters', async () => {
    expect((await shown('plain')).stdout()).toContain(
      'What it is.\n\n  spread-cron add-resource --from plain\n\nmakes plain,',
    );
  });

  it('gives an object for each entry with --json', async () => {
    const objects = (await shown(undefined, { format: 'json' })).objects();
    expect(objects).toHaveLength(2);
    expect(objects[1]).toEqual((await shown('shop', { format: 'json' })).objects()[0]);
    expect(objects[1]).toEqual({
      entry: 'shop',
      summary: 'a thing',
      description: 'What the shop sells.\n\nIn two lines.',
      parameters: [
        {
          parameter: 'path',
          description: 'the path',
          default: null,
          required: true,
          several: false,
          choices: null,
          pattern: '\\S+',
          secret: false,
        },
        {
          parameter: 'deep',
          description: 'whether deep',
          default: 'false',
          required: false,
          several: false,
          choices: ['true', 'false'],
          pattern: null,
          secret: false,
        },
        {
          parameter: 'days',
          description: 'when',
          default: null,
          required: false,
          several: true,
          choices: null,
          pattern: null,
          secret: false,
        },
      ],
      name: '${path}-${deep}',
      definition: { message: 'New ${path}', extract: [{ json: '${path}', days: '${days}' }] },
    });
  });
});
