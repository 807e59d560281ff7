import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorReport, type Failing, nextHealth, type Transition } from '../../src/core/health.ts';

const error = (message: string): ErrorReport => ({ reason: 'unreachable', message, step: '1 http' });

/** The transitions of a row of outcomes, true a success, one a second. */
function tell(outcomes: readonly boolean[], tellAfter: number): readonly Transition[] {
  let failing: Failing | null = null;
  return outcomes.map((success, at) => {
    const next = nextHealth({ failing, error: success ? null : error(`at ${at}`), now: at * 1000, tellAfter });
    failing = next.failing;
    return next.transition;
  });
}

describe('nextHealth', () => {
  it('keeps since when, how often and the last error of consecutive failures', () => {
    const first = nextHealth({ failing: null, error: error('first'), now: 1000, tellAfter: 3 });
    const second = nextHealth({ failing: first.failing, error: error('second'), now: 9000, tellAfter: 3 });
    expect(second).toEqual({
      failing: { since: 1000, times: 2, lastError: error('second'), told: false },
      transition: null,
    });
  });

  it('forgets all of it at the first success', () => {
    const { failing } = nextHealth({ failing: null, error: error('first'), now: 1000, tellAfter: 3 });
    expect(nextHealth({ failing, error: null, now: 2000, tellAfter: 3 })).toEqual({ failing: null, transition: null });
  });

  it('tells of the third failure in a row and of the recovery, each once', () => {
    expect(tell([true, false, false, false, false, true, true], 3)).toEqual([
      null,
      null,
      null,
      'failing',
      null,
      'recovered',
      null,
    ]);
  });

  it('says nothing of failures that were too few', () => {
    expect(tell([false, false, true, false, false, true], 3).every((transition) => transition === null)).toBe(true);
  });

  it('tells late rather than never where the number was lowered in the meantime', () => {
    const failing: Failing = { since: 0, times: 5, lastError: error('old'), told: false };
    expect(nextHealth({ failing, error: error('new'), now: 1, tellAfter: 2 }).transition).toBe('failing');
  });

  it('alternates between failing and recovered, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (outcomes, tellAfter) => {
        const told = tell(outcomes, tellAfter).filter((transition) => transition !== null);
        expect(told).toEqual(told.map((_, at) => (at % 2 === 0 ? 'failing' : 'recovered')));
      }),
    );
  });
});
