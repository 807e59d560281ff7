// JSON text to data and back: nothing that a document says is lost or made up.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, ExactNumber, isTooDeep, parseJson, scalarText } from '../../src/extract/json-text.ts';

const literal = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
const blank = fc.constantFrom('', ' ', '\n', '\t ');

describe('a number', () => {
  it('is the text that the document has', () => {
    fc.assert(
      fc.property(literal, blank, blank, (number, before, after) => {
        expect(scalarText(parseJson(`${before}${number}${after}`))).toBe(number);
        const data = parseJson(`{"a":[1,${before}${number}${after},{"b":${before}${number}${after}}]}`) as {
          a: [number, unknown, { b: unknown }];
        };
        expect(scalarText(data.a[1])).toBe(number);
        expect(scalarText(data.a[2].b)).toBe(number);
      }),
      { numRuns: 2000 },
    );
  });

  it('is an ordinary number where that prints the same', () => {
    expect(parseJson('{"a":[1,-2.5,1000]}')).toEqual({ a: [1, -2.5, 1000] });
  });

  it('is not looked for in texts', () => {
    const data = { 'a:1.0': 'b,1.10', c: '[1e5]', d: '12345678901234567890', e: ':-0,"\\', f: '"1.0' };
    expect(parseJson(JSON.stringify({ ...data, exact: 0 }).replace('"exact":0', '"exact":1.0'))).toEqual({
      ...data,
      exact: expect.any(ExactNumber),
    });
  });
});

describe('a document', () => {
  it('is the data that JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const canonical = canonicalJson(parseJson(text));
        expect(JSON.parse(canonical)).toEqual(JSON.parse(text));
        expect(canonicalJson(parseJson(canonical))).toBe(canonical);
      }),
    );
  });

  it('has equal canonical text where its members stand in another order', () => {
    expect(canonicalJson(parseJson('{"b":{"y":1,"x":[2,{"d":1.0,"c":null}]},"a":"\\u0000"}'))).toBe(
      canonicalJson(parseJson('{"a":"\\u0000","b":{"x":[2,{"c":null,"d":1.0}],"y":1}}')),
    );
  });

  it('is too deep at 501 levels, whatever its texts hold', () => {
    const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}"${'[{\\"'.repeat(600)}"${'}]'.repeat(depth / 2)}`;
    expect(isTooDeep(nested(500))).toBe(false);
    expect(isTooDeep(nested(502))).toBe(true);
    expect(isTooDeep('[]'.repeat(600))).toBe(false);
  });
});
