// Previews: what a step took and gave, safe to print.
import { describe, expect, it } from 'vitest';
import { previewContent } from '../../src/extract/preview.ts';
import { documentOf } from '../contract/step.ts';

describe('a preview', () => {
  it('of a short document is all of it', () => {
    expect(previewContent(documentOf('{"a":1}\n', { contentType: 'application/json' }))).toEqual({
      summary: 'document, 8 bytes, application/json',
      lines: ['{"a":1}'],
      isCut: false,
    });
  });

  it('of a long text is its beginning', () => {
    const { summary, lines, isCut } = previewContent({ kind: 'text', text: 'x'.repeat(10_000) });
    expect(summary).toBe('text, 10000 characters');
    expect(lines).toEqual([`${'x'.repeat(400)}…`]);
    expect(isCut).toBe(true);
  });

  it('of many lines is the first eight', () => {
    const { lines, isCut } = previewContent(documentOf(Array.from({ length: 20 }, (_, n) => `line ${n}`).join('\r\n')));
    expect(lines).toEqual(Array.from({ length: 8 }, (_, n) => `line ${n}`));
    expect(isCut).toBe(true);
  });

  it('of bytes that are no text is hexadecimal', () => {
    expect(previewContent(documentOf(Buffer.from([0xff, 0x00, 0x1b])))).toEqual({
      summary: 'document, 3 bytes, not text',
      lines: ['ff 00 1b'],
      isCut: false,
    });
  });

  it('shows control characters instead of sending them to a terminal', () => {
    const hostile = '\u001b[31mred\u0007\0 \u202eback\u2028 \r over';
    const { lines } = previewContent({ kind: 'text', text: hostile });
    expect(lines).toEqual(['\\u001b[31mred\\u0007\\u0000 \\u202eback\\u2028 \\u000d over']);
    expect(previewContent({ kind: 'list', items: [hostile] }).lines[0]).not.toContain('\u001b');
    expect(previewContent(documentOf('', { contentType: hostile })).summary).not.toContain('\u001b');
    expect(previewContent({ kind: 'nothing', why: hostile }).summary).not.toContain('\u001b');
  });

  it('of candidates is the first of them, each on one line', () => {
    const items = ['a\nb', ...Array.from({ length: 19 }, (_, n) => `${n}`)];
    const { summary, lines, isCut } = previewContent({ kind: 'list', items });
    expect(summary).toBe('20 candidates');
    expect(lines).toHaveLength(8);
    expect(lines[0]).toBe('a b');
    expect(isCut).toBe(true);
  });

  it('of nothing is why', () => {
    expect(previewContent({ kind: 'nothing', why: 'not before 02:00' })).toEqual({
      summary: 'nothing yet: not before 02:00',
      lines: [],
      isCut: false,
    });
    expect(previewContent(documentOf('')).lines).toEqual([]);
  });
});
