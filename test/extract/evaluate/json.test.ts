// JSONPath evaluation: our walk of plain paths against jsonpath-plus, and filters that see plain data only.
import fc from 'fast-check';
import { JSONPath } from 'jsonpath-plus';
import { describe, expect, it } from 'vitest';
import { search, walk } from '../../../src/extract/evaluate/json.ts';
import { parseJsonPath } from '../../../src/extract/evaluate/json-path.ts';

const NAMES = [
  'a',
  'b',
  'a,b',
  '*',
  '..',
  '^',
  '~',
  '$',
  '0',
  '1:2',
  '?(#0)',
  '(x)',
  '@id',
  'x.y',
  "it's",
  '',
  '__proto__',
  'length',
  'constructor',
];

const name = fc.constantFrom(...NAMES);
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constantFrom(null, '', 0, false), fc.integer(), fc.constantFrom('text', 'x')),
    fc.array(tie('data'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(name, tie('data')), { maxLength: 4, selector: ([key]) => key })
      // As JSON.parse makes them: __proto__ is a member like any other.
      .map((entries) =>
        JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`),
      ),
  ),
}));
const segment = fc.oneof(
  name.map((text) => `['${text.replace(/['\\]/g, '\\$&')}']`),
  fc.constantFrom('.a', '.b', '.length'),
  fc.nat({ max: 4 }).map((index) => `[${index}]`),
);
const plainPath = fc.array(segment, { maxLength: 5 }).map((segments) => `$${segments.join('')}`);

describe('a plain path', () => {
  it('gives what jsonpath-plus gives', () => {
    fc.assert(
      fc.property(plainPath, data, (path, document) => {
        const { segments, cost } = parseJsonPath(path);
        expect(cost).toBe('plain');
        expect(walk(segments, document)).toEqual(search(JSONPath, segments, document));
      }),
      { numRuns: 3000 },
    );
  });

  it('names what its segments say, whatever signs are in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 5 }), (names) => {
        const path = names.map((text) => `["${text.replace(/["\\]/g, '\\$&')}"]`).join('');
        const document = names.reduceRight<unknown>(
          (inner, key) => JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(inner)}}`),
          'end',
        );
        expect(walk(parseJsonPath(`$${path}`).segments, document)).toEqual(['end']);
      }),
    );
  });
});

describe('a search', () => {
  const found = (path: string, document: unknown) => search(JSONPath, parseJsonPath(path).segments, document);

  it.each<[path: string, document: unknown, result: readonly unknown[]]>([
    [
      '$[?(@.a == 1)].b',
      [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
      ['x'],
    ],
    ['$[?@.a]', [{ a: 0 }, { a: 1 }, { a: '' }, { a: 'x' }], [{ a: 1 }, { a: 'x' }]],
    ['$[?(!@.a)]', [{ a: 1 }, {}], [{}]],
    ["$[?(@.a == '1')]", [{ a: 1 }], [{ a: 1 }]],
    ["$[?(@.a === '1')]", [{ a: 1 }], []],
    ['$[?(@.a != 1)]', [{ a: 1 }, { a: 2 }, {}], [{ a: 2 }, {}]],
    ['$[?(@.a == null)].b', [{ a: null, b: 1 }, { b: 2 }, { a: 0, b: 3 }], [1, 2]],
    ['$[?(@.a < 2 || @.a >= 9)].a', [{ a: 1 }, { a: 5 }, { a: 9 }, {}, { a: null }], [1, 9]],
    ['$[?(@.a > -1 && @.a <= 1)].a', [{ a: -1 }, { a: 0 }, { a: 1 }], [0, 1]],
    [
      '$[?(@.a !== @.b)].a',
      [
        { a: 1, b: 1 },
        { a: 2, b: 3 },
      ],
      [2],
    ],
    ["$[?(@.tags == 'x')]", [{ tags: ['x'] }], []],
    ['$[?(@.tags != 1)].id', [{ id: 7, tags: [1] }], [7]],
    [
      '$[?(@.tags.length > 1)].id',
      [
        { id: 1, tags: [1] },
        { id: 2, tags: [1, 2] },
      ],
      [2],
    ],
    ["$[?(@['a b'] == 'c')].id", [{ id: 1, 'a b': 'c' }], [1]],
    ["$[?(@['x'+'y'])]", [{ xy: 1 }], []],
    ["$[?(@.name =~ '^v1')].name", [{ name: 'v1.2' }, { name: 'v2' }, { name: 1 }], ['v1.2']],
    ["$[?(@property == 'b')]", { a: 1, b: 2 }, [2]],
    ['$.list[?(@.id == $.wanted)].id', { wanted: 2, list: [{ id: 1 }, { id: 2 }] }, [2]],
    ['$[?(@ > 1)]', [1, 2, 3], [2, 3]],
    ["$[?(@.a == ')]' )].b", [{ a: ')]', b: 1 }], [1]],
    ['$.a[-1]', { a: [1, 2] }, [2]],
    ['$.a[-2:]', { a: [1, 2, 3] }, [2, 3]],
    ['$.a[::2]', { a: [1, 2, 3] }, [1, 3]],
    ['$.a[-9]', { a: [1, 2, 3] }, []],
    ['$..*', { a: [1] }, [[1], 1]],
    ["$['*']", { '*': 1, b: 2 }, [1]],
    ["$['a','*']", { a: 1, '*': 2, b: 3 }, [1, 2]],
    ['$.*', 'text', []],
  ])('%s', (path, document, result) => {
    if (path.includes('+')) expect(() => found(path, document)).toThrow(/not known in filters/);
    else expect(found(path, document)).toEqual(result);
  });

  it('sees no inherited members', () => {
    const documents = [{}, [], 'text', 1, true];
    for (const member of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']) {
      expect(found(`$[?(@.${member})]`, documents)).toEqual([]);
      expect(found(`$[?(@['${member}'])]`, documents)).toEqual([]);
      expect(found(`$[*].${member}`, documents)).toEqual([]);
      expect(found(`$..${member}`, documents)).toEqual([]);
    }
  });

  it('keeps no document alive in the cache of jsonpath-plus', () => {
    found('$[?(@.a)]', [{ a: 1 }]);
    expect((JSONPath as unknown as { cache: object }).cache).toEqual({});
  });
});

describe('reading a path', () => {
  it('never throws anything but a Failure that says where', () => {
    const signs = fc.constantFrom(
      '$',
      '.',
      '..',
      '[',
      ']',
      '?',
      '(',
      ')',
      "'",
      '"',
      '*',
      ',',
      ':',
      '-',
      '0',
      '12',
      'a',
      '@',
      '@.a',
      '==',
      '&&',
      '~',
      '^',
      ' ',
      '\\',
      '\0',
      'ä',
      '!',
    );
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 14 }), (parts) => {
        const path = `$${parts.join('')}`;
        let segments: ReturnType<typeof parseJsonPath>['segments'];
        try {
          ({ segments } = parseJsonPath(path));
        } catch (error) {
          expect(error).toMatchObject({ name: 'Failure', reason: 'definition' });
          return;
        }
        // What was accepted can be evaluated.
        expect(Array.isArray(search(JSONPath, segments, { a: [{ a: 1 }, 'x'], ä: null }))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the cost of a path', () => {
  it.each([
    ['$', 'plain'],
    ["$.a['b'][0]", 'plain'],
    ['$.a[-1]', 'linear'],
    ['$.a[*].b', 'linear'],
    ['$..a', 'linear'],
    ['$.a[0,1,2]', 'linear'],
    ['$..a..b', 'unbounded'],
    ['$[0,0,0,0,0][0,0,0,0,0]', 'unbounded'],
    ['$..a^', 'unbounded'],
  ])('of %s is %s', (path, cost) => {
    expect(parseJsonPath(path).cost).toBe(cost);
  });
});
