// The runner of extract steps: order, kept outputs, failures that name their step, and the value at the end.
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import type { StepSpec } from '../../src/core/resource.ts';
import { digestOf } from '../../src/extract/conclude.ts';
import { extract, type Recipe, type StepReport } from '../../src/extract/extract.ts';
import { stepType, stepTypes } from '../../src/extract/registry.ts';
import { stepContext } from '../support/step-context.ts';

/** Written steps as a definition's reader makes them. */
function specs(written: readonly Readonly<Record<string, unknown>>[]): StepSpec[] {
  return written.map(({ as, from, ...rest }) => {
    const kind = Object.keys(rest).find((key) => Object.hasOwn(stepTypes, key)) ?? '';
    return {
      kind,
      options: stepType(kind).schema.parse(rest),
      ...(typeof as === 'string' ? { as } : {}),
      ...(typeof from === 'string' ? { from } : {}),
    };
  });
}

/** Extracts from a file with that content. */
async function extractFrom(
  content: string | Uint8Array,
  filters: readonly Readonly<Record<string, unknown>>[],
  rules: Partial<Recipe> = {},
  context: Parameters<typeof stepContext>[0] = {},
) {
  const reports: StepReport[] = [];
  const body = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const recipe: Recipe = {
    steps: specs([{ file: 'given.txt', as: 'given' }, ...filters]),
    accept: null,
    valueLimit: 200,
    digest: false,
    ...rules,
  };
  const observation = await extract(recipe, stepContext({ readFile: async () => body, ...context }), (report) =>
    reports.push(report),
  );
  return { observation, reports };
}

const observe = async (...given: Parameters<typeof extractFrom>) => (await extractFrom(...given)).observation;

describe('an extraction', () => {
  it('gives what its last step gave, without the line break at the end', async () => {
    expect(await observe('1.2.3\r\n\n', [])).toEqual({ kind: 'value', value: '1.2.3' });
    expect(await observe(' 1.2.3 \n', [])).toEqual({ kind: 'value', value: ' 1.2.3 ' });
    expect(await observe('{"v":"1.2.3"}', [{ json: '$.v' }])).toEqual({ kind: 'value', value: '1.2.3' });
  });

  it('takes input from a kept output', async () => {
    const filters = [{ json: '$.a', as: 'a' }, { json: '$.b', from: 'given' }, { template: '${a}+${value}' }];
    expect(await observe('{"a":1,"b":2}', filters)).toEqual({ kind: 'value', value: '1+2' });
  });

  it('tells of every step, in order, with what came in and what it gave', async () => {
    const { reports } = await extractFrom('{"a":1}', [{ json: '$.a' }, { regex: 'x' }, { text: 'upper' }]);
    expect(reports.map(({ step }) => step)).toEqual(['1 file', '2 json', '3 regex']);
    expect(reports[0]?.input).toBeNull();
    expect(reports[1]).toMatchObject({
      input: { kind: 'document' },
      output: { kind: 'text', text: '1' },
      failure: null,
    });
    expect(reports[2]).toMatchObject({
      input: { kind: 'text', text: '1' },
      output: null,
      failure: { reason: 'no-match' },
    });
  });

  it('names the step that failed', async () => {
    expect(await observe('<html>', [{ json: '$.a' }])).toMatchObject({
      kind: 'failure',
      step: '2 json',
      failure: { reason: 'not-parsable' },
    });
  });

  it('turns whatever a step throws into a failure', async () => {
    const readFile = async () => {
      throw new TypeError('broken');
    };
    expect(await observe('', [], {}, { readFile })).toMatchObject({
      kind: 'failure',
      step: '1 file',
      failure: { reason: 'internal', details: { error: 'broken' } },
    });
  });

  it('ends with nothing where a step says not yet', async () => {
    // Twenty past midnight, UTC.
    const clock = { ...stepContext().clock, now: () => Date.UTC(2026, 0, 5, 0, 20) };
    const recipe = {
      steps: specs([{ clock: 'day', not_before: '02:00', timezone: 'UTC' }]),
      accept: null,
      valueLimit: 200,
      digest: false,
    };
    const reports: StepReport[] = [];
    const steps = [...recipe.steps, ...specs([{ regex: 'x' }])];
    const observation = await extract({ ...recipe, steps }, stepContext({ clock }), (report) => reports.push(report));
    expect(observation).toMatchObject({ kind: 'nothing', why: expect.stringMatching(/./) });
    expect(reports).toHaveLength(1);
  });

  it('is cancelled between and within steps', async () => {
    const controller = new AbortController();
    const readFile = async () => {
      controller.abort();
      return new TextEncoder().encode('{}');
    };
    expect(await observe('', [{ json: '$.a' }], {}, { readFile, signal: controller.signal })).toMatchObject({
      kind: 'failure',
      step: '2 json',
      failure: { reason: 'cancelled' },
    });
  });
});

describe('the value', () => {
  it.each([
    ['nothing at all', ''],
    ['line breaks only', '\n\n'],
    ['blanks only', '  \t'],
    ['null', 'null\n'],
  ])('is never %s', async (_, content) => {
    expect(await observe(content, [])).toMatchObject({
      kind: 'failure',
      step: '1 file',
      failure: { reason: 'no-match' },
    });
  });

  it.each([
    ['several lines', 'a\nb'],
    ['NUL bytes', 'a\0b'],
    ['escape sequences', '\u001b[31mred'],
    ['a directive to CI', 'release [skip ci]'],
    ['more than its limit', 'x'.repeat(201)],
  ])('is never %s', async (_, content) => {
    expect(await observe(content, [])).toMatchObject({
      kind: 'failure',
      step: '1 file',
      failure: { reason: 'bad-value' },
    });
  });

  it('is never one of several candidates', async () => {
    const { observation } = await extractFrom('["a","b","c","d"]', [{ json: '$[*]', pick: 'all' }]);
    expect(observation).toMatchObject({
      kind: 'failure',
      step: '2 json',
      failure: { reason: 'several-matches', details: { candidates: 4, first: '"a", "b", "c"' } },
    });
  });

  it('is the only candidate', async () => {
    expect(await observe('["a"]', [{ json: '$[*]', pick: 'all' }])).toEqual({ kind: 'value', value: 'a' });
  });

  it('is never bytes that are no text', async () => {
    expect(await observe(Buffer.from([0xc3, 0x28]), [])).toMatchObject({
      kind: 'failure',
      failure: { reason: 'not-parsable' },
    });
  });

  it('must match what the definition accepts, anywhere in it', async () => {
    expect(await observe('12', [], { accept: '^\\d+$' })).toEqual({ kind: 'value', value: '12' });
    expect(await observe('v12', [], { accept: '\\d' })).toEqual({ kind: 'value', value: 'v12' });
    expect(await observe('Sign in', [], { accept: '^\\d+$' })).toMatchObject({
      kind: 'failure',
      failure: { reason: 'not-accepted', details: { value: 'Sign in', accept: '^\\d+$' } },
    });
  });

  it('is its digest where a change commit cannot carry it and the definition says so', async () => {
    const full = 'line 1\nline 2';
    expect(await observe(`${full}\n`, [], { digest: true })).toEqual({ kind: 'value', value: digestOf(full), full });
    expect(digestOf(full)).toMatch(/^sha256:[0-9a-f]{32}$/);
    expect(await observe('short', [], { digest: true })).toEqual({ kind: 'value', value: 'short' });
    expect(await observe('', [], { digest: true })).toMatchObject({ kind: 'failure' });
  });

  it('keeps no full text that a commit cannot hold', async () => {
    for (const full of ['a\0b', 'a\n[skip ci]', 'x'.repeat(70_000)]) {
      expect(await observe(full, [], { digest: true })).toEqual({ kind: 'value', value: digestOf(full) });
    }
  });

  it('is accepted by its text, not by its digest', async () => {
    expect(await observe('a\nb', [], { digest: true, accept: '^sha256' })).toMatchObject({
      failure: { reason: 'not-accepted' },
    });
  });
});

describe('steps that do not fit together', () => {
  const context = stepContext();
  it.each([
    ['a filter first', [{ regex: 'x' }], /first step must be a source/],
    ['a second source', [{ file: 'a' }, { file: 'b' }], /only the first step/],
    [
      'input that nobody keeps',
      [
        { file: 'a', as: 'page' },
        { regex: 'x', from: 'pag' },
      ],
      /no earlier step keeps/,
    ],
    ['a template with a name that nobody keeps', [{ file: 'a' }, { template: '${b}' }], /no earlier step keeps/],
    [
      'a template with a name that is kept later',
      [{ file: 'a' }, { template: '${b}' }, { regex: 'x', as: 'b' }],
      /no earlier/,
    ],
    [
      'two outputs of one name',
      [
        { file: 'a', as: 'b' },
        { regex: 'x', as: 'b' },
      ],
      /same name/,
    ],
    ['an output named value', [{ file: 'a', as: 'value' }], /another name/],
  ])('are refused: %s', async (_, written, message) => {
    const steps = specs(written);
    expect(await extract({ steps, accept: null, valueLimit: 200, digest: false }, context)).toMatchObject({
      kind: 'failure',
      step: null,
      failure: { reason: 'definition', message: expect.stringMatching(message) },
    });
  });

  it('are refused: none at all', async () => {
    expect(await extract({ steps: [], accept: null, valueLimit: 200, digest: false }, context)).toMatchObject({
      kind: 'failure',
      failure: { reason: 'definition' },
    });
  });

  it('are refused: a kind that is not known, with the nearest one', async () => {
    const steps = [{ kind: 'jsno', options: {} }];
    expect(await extract({ steps, accept: null, valueLimit: 200, digest: false }, context)).toMatchObject({
      kind: 'failure',
      failure: { reason: 'definition', details: { kind: 'jsno', nearest: 'json' } },
    });
    expect(() => stepType('constructor')).toThrow(Failure);
  });
});
