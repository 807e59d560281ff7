import { describe, expect, it } from 'vitest';
import { previewOf } from '../../../src/pipeline/show/preview.ts';

describe('what a step gave', () => {
  it.each([
    ['text as it is', { kind: 'text', text: 'a\nb' }, 'a\nb'],
    ['a document as text', { kind: 'document', body: Buffer.from('caf\u00e9') }, 'caf\u00e9'],
    [
      'a document that is no text by its size',
      { kind: 'document', body: Buffer.alloc(70_000) },
      '(binary data, 70000 bytes)',
    ],
    ['candidates as lines', { kind: 'list', items: ['a', 'b'] }, 'a\nb'],
    ['why there is nothing', { kind: 'nothing', why: 'not before 02:00' }, 'not before 02:00'],
  ] as const)('shows %s', (_, content, shown) => expect(previewOf(content)).toBe(shown));

  it('is cut to its beginning, with its size', () => {
    const shown = previewOf({ kind: 'document', body: Buffer.from('x'.repeat(9000)) });
    expect(shown).toBe(`${'x'.repeat(4000)}… (9000 in all)`);
  });
});
