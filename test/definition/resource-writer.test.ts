// Writing resource.yaml, and steps from the command line: what is read back is what was given.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Failure } from '../../src/core/failure.ts';
import { parseResourceFile } from '../../src/definition/resource-file.ts';
import { changeResourceFile, SCHEMA_PATH, writeResourceFile } from '../../src/definition/resource-writer.ts';
import { parseStepArguments } from '../../src/definition/step-argument.ts';
import { smallVocabulary } from '../support/definition-vocabulary.ts';

describe('a written file', () => {
  it('names its schema and has its keys in the order in which they are read', async () => {
    const written = {
      run: { timeout: '2h' },
      extract: [{ http: 'u' }, { json: '$.a' }],
      confirm: undefined,
      message: 'New: core',
    };
    expect(
      await writeResourceFile(written, 'branches/core/resource.yaml'),
    ).toBe(`# yaml-language-server: $schema=../../${SCHEMA_PATH}
message: "New: core"
extract:
  - http: u
  - json: $.a
run:
  timeout: 2h
`);
  });

  it('may have a remark, which changes nothing of what is read', async () => {
    const remark = 'from the catalogue: thing a=#x: [y] "z"';
    const text = await writeResourceFile({ message: 'a' }, 'resource.yaml', remark);
    expect(text.split('\n')[1]).toBe(`# ${remark}`);
    expect(parse(text)).toEqual({ message: 'a' });
  });

  it('is read as what was written, whatever it is', async () => {
    const texts = fc
      .string({ unit: 'binary' })
      .filter((text) => Buffer.from(text).toString() === text && !text.includes('\0'));
    const words = fc.oneof(
      texts,
      fc.constantFrom('no', '1.10', '0x1', 'null', '~', '- a', '# b', '<<', '*a', '&a', '"', "'"),
    );
    const written = fc.record({
      message: words,
      aliases: fc.array(words),
      extract: fc.array(
        fc.dictionary(words, fc.oneof(words, fc.integer(), fc.boolean(), fc.array(words)), { noNullPrototype: true }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(written, async (given) => {
        expect(parse(await writeResourceFile(given, 'resource.yaml'))).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  it('is a definition that the parser takes', async () => {
    const text = await writeResourceFile(
      { message: 'New core ', every: '5m', tags: ['a'], accept: '^\\d+$' },
      'resource.yaml',
    );
    const bytes = Buffer.from(text);
    const parsed = await parseResourceFile({ file: 'resource.yaml', name: 'x', bytes, vocabulary: smallVocabulary });
    expect(parsed).toMatchObject({ ok: true, value: { message: 'New core ', accept: '^\\d+$' } });
  });

  it('keeps its comments when keys are changed, and is refused where it is not valid', async () => {
    const text = '# why\nmessage: a # short\n\n# often\nevery: 5m\nextract:\n  - http: u\n';
    expect(await changeResourceFile(text, { message: 'b', every: undefined, confirm: 2 })).toBe(
      '# why\nmessage: b # short\nextract:\n  - http: u\nconfirm: 2\n',
    );
    expect(await changeResourceFile(text, {})).toBe(text);
    await expect(changeResourceFile('a: [', {})).rejects.toBeInstanceOf(Failure);
    await expect(changeResourceFile('- a', {})).rejects.toBeInstanceOf(Failure);
  });
});

describe('steps on the command line', () => {
  it('are steps in order, with options that follow the step they belong to', () => {
    expect(
      parseStepArguments([
        'http=https://example.com/?a=b',
        'http.timeout=5s',
        'http.headers.Snap-Device-Series=16',
        'http.headers.Accept=a=b',
        'http.as=page',
        'json=true',
        'json.pick=first',
        'regex=[0-9]+',
      ]),
    ).toEqual([
      {
        http: 'https://example.com/?a=b',
        timeout: '5s',
        headers: { 'Snap-Device-Series': '16', Accept: 'a=b' },
        as: 'page',
      },
      { json: 'true', pick: 'first' },
      { regex: '[0-9]+' },
    ]);
  });

  it('take options that read as JSON for what they are, and the rest as text', () => {
    const options = ['a=1', 'b=true', 'c=["x"]', 'd={"e":2}', 'f="1"', 'g=[0-9]', 'h=1.10.2', 'i=', 'j=null'];
    expect(parseStepArguments(['text=', ...options.map((option) => `text.${option}`)])).toEqual([
      { text: '', a: 1, b: true, c: ['x'], d: { e: 2 }, f: '1', g: '[0-9]', h: '1.10.2', i: '', j: 'null' },
    ]);
  });

  it.each([
    [['http']],
    [['=x']],
    [['http.timeout=5s']],
    [['http=u', 'json=$.a', 'http.timeout=5s']],
    [['http=u', 'http.timeout=5s', 'http.timeout=6s']],
    [['http=u', 'http.headers.A=1', 'http.headers.A=2']],
    [['http=u', 'http.headers=x', 'http.headers.A=2']],
    [['http=u', 'http.a.b.c=2']],
    [['http=u', 'http.http=2']],
  ])('%j is refused', (given) => {
    expect(() => parseStepArguments(given)).toThrow(expect.objectContaining({ reason: 'usage' }));
  });
});
