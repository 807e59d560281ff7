// Content as text: charsets, lines, and the one text of several shapes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, decodeDocument, linesOf, narrowLines, textOf } from '../../src/extract/text-of.ts';
import { documentOf } from '../contract/step.ts';

const decode = (bytes: Uint8Array, more: { contentType?: string; charset?: string } = {}) => {
  const document = documentOf(bytes, more);
  return document.kind === 'document' ? decodeDocument(document) : '';
};
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('a document', () => {
  it('is UTF-8 unless something says otherwise', () => {
    expect(decode(Buffer.from('héllo'))).toBe('héllo');
    expect(decode(Buffer.from('\ufeffx'))).toBe('x');
  });

  it('has the charset that its source, its type, its XML declaration or its page names', () => {
    expect(decode(latin1('é'), { charset: 'iso-8859-1' })).toBe('é');
    expect(decode(latin1('é'), { contentType: 'text/plain; charset="windows-1252"' })).toBe('é');
    expect(decode(latin1('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'))).toContain('é');
    expect(decode(latin1('<meta http-equiv=x content="text/html; charset=iso-8859-15">é'))).toContain('é');
    expect(decode(Buffer.from('\ufeffé', 'utf16le'))).toBe('é');
    expect(decode(Buffer.from('<meta charset="latin1">é'), { contentType: 'text/html; charset=utf-8' })).toContain('é');
  });

  it.each([
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff]), {}],
    ['a sequence that is cut off', Buffer.from([0xe2, 0x82]), {}],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), {}],
    ['an unknown charset', Buffer.from('a'), { contentType: 'text/plain; charset=nonsense' }],
    ['half a character of UTF-16', Buffer.from([0x61]), { charset: 'utf-16le' }],
  ])('is refused for %s', (_, bytes, more) => {
    expect(() => decode(bytes, more)).toThrow(expect.objectContaining({ reason: 'not-parsable' }));
  });

  it('is decoded to what was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        // A declaration within the text would count.
        fc.pre(!text.includes('<') && !text.startsWith('\ufeff'));
        expect(decode(Buffer.from(text))).toBe(text);
      }),
    );
  });
});

describe('the one text', () => {
  it('is that of a list with one item, or with equal ones', () => {
    expect(textOf({ kind: 'list', items: ['a'] })).toBe('a');
    expect(textOf({ kind: 'list', items: ['a', 'a'] })).toBe('a');
    expect(() => textOf({ kind: 'list', items: ['a', 'b'] })).toThrow(
      expect.objectContaining({ reason: 'several-matches' }),
    );
    expect(() => textOf({ kind: 'list', items: [] })).toThrow(expect.objectContaining({ reason: 'no-match' }));
  });
});

describe('lines', () => {
  it('end with LF or CRLF, the last one with or without', () => {
    expect(linesOf({ kind: 'text', text: 'a\r\nb\n\nc\n' })).toEqual(['a', 'b', '', 'c']);
    expect(linesOf({ kind: 'text', text: '' })).toEqual([]);
    expect(linesOf({ kind: 'list', items: ['a\nb'] })).toEqual(['a\nb']);
  });

  it('are a text again after they were narrowed, and candidates stay candidates', () => {
    const last = (lines: readonly string[]) => lines.slice(-2);
    expect(narrowLines(documentOf('a\nb\nc\n'), last)).toEqual({ kind: 'text', text: 'b\nc' });
    expect(narrowLines({ kind: 'list', items: ['a', 'b', 'c'] }, last)).toEqual({ kind: 'list', items: ['b', 'c'] });
  });
});

describe('the beginning of outside text', () => {
  it('is one line without control characters', () => {
    expect(beginningOf('  a\n\tb\u001b[0m\u202e ')).toBe('a b\ufffd[0m\ufffd');
    expect(beginningOf('x'.repeat(100), 10)).toBe(`${'x'.repeat(10)}…`);
  });
});
