import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedaction } from '../../src/system/redaction.ts';

function redaction(...values: string[]) {
  const made = createRedaction();
  for (const value of values) made.add(value);
  return made;
}

describe('a secret value', () => {
  it('is replaced wherever it stands', () => {
    expect(redaction('hunter22').redact('a hunter22, hunter22!')).toBe('a ***, ***!');
  });

  it('is replaced in URLs, forms and JSON', () => {
    const value = 'p@ss "word"/ä';
    const { redact } = redaction(value);
    expect(redact(`https://h/?t=${encodeURIComponent(value)}&x`)).toBe('https://h/?t=***&x');
    expect(redact(new URLSearchParams({ t: value }).toString())).toBe('t=***');
    expect(redact(JSON.stringify({ value }))).toBe('{"value":"***"}');
  });

  it('is replaced within base64, whatever stands before and after it', () => {
    const value = 'correct-horse-battery';
    const { redact } = redaction(value);
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (user, rest) => {
        const encoded = Buffer.from(`${user}:${value}${rest}`).toString('base64');
        const shown = redact(`Basic ${encoded}`);
        expect(shown).toContain('***');
        // What is left does not tell the value: at most the two or three characters at its borders.
        expect(Buffer.from(shown.slice(6).split('***')[0] ?? '', 'base64').toString('latin1')).not.toContain('corr');
      }),
    );
  });

  it('of several lines is replaced whole and line by line', () => {
    const key = '-----BEGIN KEY-----\nMIIBVgIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----';
    const { redact } = redaction(key);
    expect(redact(`key: ${key}.`)).toBe('key: ***.');
    expect(redact('> hkiG9w0BAQEFAASC <')).toBe('> *** <');
  });

  it('that begins with another one is replaced whole', () => {
    expect(redaction('abcd', 'abcdefgh').redact('abcdefgh abcd')).toBe('*** ***');
  });

  it('with characters that mean something in patterns is taken literally', () => {
    expect(redaction('a.*+?^${}()|[]\\/-b').redact('x a.*+?^${}()|[]\\/-b aXXb')).toBe('x *** aXXb');
  });

  it('of fewer than four characters is left alone, and nothing happens without any', () => {
    expect(redaction('abc', '').redact('abc')).toBe('abc');
    expect(redaction().redact('abc')).toBe('abc');
  });
});

describe('a redactor of a stream', () => {
  it('gives what redacting the whole gives, wherever the pieces are cut', () => {
    const alphabet = fc.constantFrom('a', 'b', 'ab', 'aab', 'ba', ' ');
    const text = fc.array(alphabet, { maxLength: 40 }).map((parts) => parts.join(''));
    const values = fc.array(
      fc.array(alphabet, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('')),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(values, text, fc.array(fc.nat(80), { maxLength: 10 }), (secrets, whole, cuts) => {
        const made = redaction(...secrets);
        const redactor = made.createRedactor();
        const borders = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const given = borders.slice(1).map((end, index) => redactor.write(whole.slice(borders[index], end)));
        expect(given.join('') + redactor.end()).toBe(made.redact(whole));
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps back only what may be the beginning of a secret', () => {
    const redactor = redaction('hunter22').createRedactor();
    expect(redactor.write('line one\n')).toBe('line one\n');
    expect(redactor.write('user hun')).toBe('user ');
    expect(redactor.write('ger')).toBe('hunger');
    expect(redactor.write(' hunter2')).toBe(' ');
    expect(redactor.write('2')).toBe('***');
    expect(redactor.write('hu')).toBe('');
    expect(redactor.end()).toBe('hu');
  });

  it('lets everything through where there is no secret', () => {
    const redactor = redaction().createRedactor();
    expect(redactor.write('all') + redactor.end()).toBe('all');
  });
});
