import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type RecordedChange, type Sighting } from '../../src/core/decide.ts';
import { Failure } from '../../src/core/failure.ts';

const change = (value: string, extractor: string | null = null): RecordedChange => ({
  value,
  commit: 'a'.repeat(40),
  observedAt: 0,
  extractor,
});

const see = (
  value: string,
  rest: Partial<{ newest: RecordedChange | null; fingerprint: string; confirm: number; pending: Sighting | null }> = {},
) =>
  decide({
    vouched: false,
    observation: { kind: 'value', value },
    newest: null,
    fingerprint: 'today',
    confirm: 1,
    pending: null,
    ...rest,
  });

const values = fc.constantFrom('1', '2', '3');
const histories = fc.option(
  fc.record({
    value: values,
    commit: fc.constant('a'.repeat(40)),
    observedAt: fc.nat(),
    extractor: fc.constantFrom(null, 'today', 'yesterday'),
  }),
);
const sightings = fc.option(fc.record({ value: values, times: fc.integer({ min: 1, max: 5 }) }));

describe('decide', () => {
  it('never calls the newest value a change, whatever else is the case', () => {
    fc.assert(
      fc.property(histories, sightings, fc.integer({ min: 1, max: 5 }), (newest, pending, confirm) => {
        if (newest === null) return;
        expect(see(newest.value, { newest, pending, confirm })).toEqual({ kind: 'unchanged', pending: null });
      }),
    );
  });

  it('gives only values that were observed, and never touches history for anything else', () => {
    const failure = new Failure('no-match', 'nothing matched');
    const observations = fc.oneof(
      values.map((value) => ({ kind: 'value' as const, value })),
      fc.constant({ kind: 'nothing' as const, why: 'too early' }),
      fc.constant({ kind: 'failure' as const, failure, step: '2 json' }),
    );
    fc.assert(
      fc.property(
        observations,
        histories,
        sightings,
        fc.integer({ min: 1, max: 5 }),
        (observation, newest, pending, confirm) => {
          const verdict = decide({ observation, newest, fingerprint: 'today', confirm, pending, vouched: false });
          switch (observation.kind) {
            case 'nothing':
              expect(verdict).toEqual({ kind: 'nothing', why: 'too early' });
              break;
            case 'failure':
              expect(verdict).toEqual({ kind: 'failed', failure, step: '2 json' });
              break;
            case 'value':
              expect(['new', 'changed', 'unchanged']).toContain(verdict.kind);
              if ('value' in verdict) expect(verdict.value).toBe(observation.value);
              expect(verdict.kind === 'new').toBe(newest === null && verdict.kind !== 'unchanged');
          }
        },
      ),
    );
  });

  it('counts a new value after as many sightings in a row as confirm asks for, never earlier or later', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), (seen, confirm) => {
        let newest: RecordedChange | null = change('0', 'today');
        let pending: Sighting | null = null;
        let streak = 0;
        let before: string | null = null;
        for (const value of seen) {
          streak = value === before ? streak + 1 : 1;
          before = value;
          const verdict = see(value, { newest, pending, confirm });
          const counts = value !== newest.value && streak >= confirm;
          expect(verdict.kind).toBe(counts ? 'changed' : 'unchanged');
          pending = verdict.kind === 'unchanged' ? verdict.pending : null;
          if (counts) newest = change(value, 'today');
        }
      }),
    );
  });

  it('forgets a sighting when the newest value comes back in between', () => {
    const newest = change('1');
    expect(see('2', { newest, confirm: 2 })).toEqual({ kind: 'unchanged', pending: { value: '2', times: 1 } });
    expect(see('1', { newest, confirm: 2, pending: { value: '2', times: 1 } })).toEqual({
      kind: 'unchanged',
      pending: null,
    });
  });

  it('awaits confirmation of the first value too', () => {
    expect(see('1', { confirm: 2 }).kind).toBe('unchanged');
    expect(see('1', { confirm: 2, pending: { value: '1', times: 1 } })).toEqual({ kind: 'new', value: '1' });
  });

  it('compares with the newest change only, so that a value that recurs is a change again', () => {
    expect(see('week 1', { newest: change('week 52') })).toMatchObject({ kind: 'changed', rebaselined: false });
  });

  it('re-baselines at once where the steps changed together with the value', () => {
    const newest = change('1', 'yesterday');
    expect(see('2', { newest, confirm: 3 })).toEqual({
      kind: 'changed',
      value: '2',
      previous: newest,
      rebaselined: true,
    });
    expect(see('1', { newest })).toEqual({ kind: 'unchanged', pending: null });
  });

  it('never re-baselines history without a fingerprint', () => {
    expect(see('2', { newest: change('1', null) })).toMatchObject({ kind: 'changed', rebaselined: false });
  });
});
