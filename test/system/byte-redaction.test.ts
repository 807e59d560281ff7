import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedaction } from '../../src/system/redaction.ts';

describe('secrets in bytes', () => {
  it('are masked as in text, wherever the bytes are cut apart, within characters too', () => {
    const redaction = createRedaction();
    for (const value of ['geheim-ß-€', 'geheim', 'p@ss "word"']) redaction.add(value);
    const word = fc.constantFrom('geheim-ß-€', 'geheim', 'p@ss "word"', 'gehei', 'ß€', ' and ', '\n');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.array(fc.nat(100), { maxLength: 5 }), (words, cuts) => {
        const text = words.join('');
        const bytes = Buffer.from(text);
        const redactor = redaction.createByteRedactor();
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => redactor.write(bytes.subarray(places[index], end)));
        expect(Buffer.concat([...pieces, redactor.end()]).toString()).toBe(redaction.redact(text));
      }),
    );
  });

  it('are looked for from when they are known', () => {
    const redaction = createRedaction();
    const redactor = redaction.createByteRedactor();
    const before = redactor.write(Buffer.from('sesame '));
    redaction.add('sesame');
    expect(Buffer.concat([before, redactor.write(Buffer.from('sesame')), redactor.end()]).toString()).toBe(
      'sesame ***',
    );
  });

  it('leave other bytes alone', () => {
    const redaction = createRedaction();
    redaction.add('hunter22');
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const redactor = redaction.createByteRedactor();
        expect(Buffer.concat([redactor.write(bytes), redactor.end()])).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
