import { describe, expect, it } from 'vitest';
import { annotationLine } from '../../../src/cli/actions/annotation.ts';
import { fenced, markdownTable, plainText } from '../../../src/cli/actions/markdown.ts';

describe('a text in Markdown', () => {
  it.each([
    ['2.0 | <img src=x>', '2.0 \\| &lt;img src=x\\>'],
    ['**bold** `code` [a](b)', '\\*\\*bold\\*\\* \\`code\\` \\[a\\]\\(b\\)'],
    ['one\ntwo\r\nthree', 'one two three'],
    ['@team &amp; #12', '\\@team &amp;amp; \\#12'],
  ])('stays text: %j', (text, markdown) => {
    expect(plainText(text)).toBe(markdown);
  });

  it('of several lines has a fence that it cannot close', () => {
    expect(fenced(['a', '```', '`````'])).toBe('``````text\na\n```\n`````\n``````');
    expect(fenced(['plain'])).toBe('```text\nplain\n```');
  });

  it('is a cell of a table', () => {
    expect(markdownTable(['A', 'B'], [['1', plainText('x|y')]])).toBe('| A | B |\n| --- | --- |\n| 1 | x\\|y |');
  });
});

describe('an annotation', () => {
  it('is one line, whatever its texts hold', () => {
    const line = annotationLine({ kind: 'error', title: 'a: b, c', message: '100%\n::set-output name=x::y' });
    expect(line).toBe('::error title=a%3A b%2C c::100%25%0A::set-output name=x::y');
  });
});
