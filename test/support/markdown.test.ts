import { describe, expect, it } from 'vitest';
import { codeBlocks, sectionOf, tableRows } from './markdown.ts';

const DOCUMENT = [
  '# Title',
  '```sh',
  'npm ci',
  '```',
  '## Part',
  '| key | means |',
  '|---|:--|',
  '| `a` | one \\| two |',
  '| `b` | |',
  '### `json`',
  '```json given=https://example.com/?a=b',
  '{}',
  '',
  '# no heading',
  '```',
  '````yaml example',
  '```',
  '````',
  '## Next',
  'words',
].join('\n');

describe('codeBlocks', () => {
  it('gives language, words, text, line and heading of each block', () => {
    expect(codeBlocks(DOCUMENT)).toEqual([
      { language: 'sh', info: new Map(), text: 'npm ci\n', line: 2, heading: 'Title' },
      {
        language: 'json',
        info: new Map([['given', 'https://example.com/?a=b']]),
        text: '{}\n\n# no heading\n',
        line: 11,
        heading: '`json`',
      },
      { language: 'yaml', info: new Map([['example', '']]), text: '```\n', line: 16, heading: '`json`' },
    ]);
  });

  it('refuses a block that is never closed', () => {
    expect(() => codeBlocks('# A\n```sh\nnpm ci\n')).toThrow('line 2 is never closed');
  });
});

describe('tableRows', () => {
  it('gives the cells under a heading, its sub-sections included', () => {
    expect(tableRows(DOCUMENT, 'Part')).toEqual([
      ['`a`', 'one | two'],
      ['`b`', ''],
    ]);
  });
});

describe('sectionOf', () => {
  it('ends at the next heading of the same level', () => {
    expect(sectionOf(DOCUMENT, 'Next')).toBe('words\n');
    expect(sectionOf(DOCUMENT, 'Part')).toContain('yaml example');
    expect(sectionOf(DOCUMENT, 'Part')).not.toContain('words');
  });

  it('refuses a heading that is not there', () => {
    expect(() => sectionOf(DOCUMENT, 'Gone')).toThrow('no heading "Gone"');
  });
});
