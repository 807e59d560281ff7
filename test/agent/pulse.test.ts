import { describe, expect, it } from 'vitest';
import { recordPulse } from '../../src/agent/pulse.ts';
import { Failure } from '../../src/core/failure.ts';
import type { Clock } from '../../src/system/clock.ts';

const MINUTE = 60_000;
const started = Date.UTC(2026, 10, 21, 18, 0, 0);

/** A pulse over a clock that the test moves. */
function pulseEvery(interval: number) {
  let passed = 0;
  const clock = { now: () => started + passed, monotonic: () => passed } as Clock;
  const pulse = recordPulse(clock, interval);
  return {
    pulse,
    wait: (milliseconds: number) => {
      passed += milliseconds;
    },
  };
}

describe('the pulse of an agent', () => {
  it('tells when the newest round ended, and what it met at the remote', () => {
    const { pulse, wait } = pulseEvery(MINUTE);
    expect(pulse.read()).toEqual({ lastRoundAt: null, remoteFailure: null, late: false });
    wait(5000);
    const away = new Failure('remote-unreachable', 'away');
    pulse.roundEnded(away);
    expect(pulse.read()).toEqual({ lastRoundAt: started + 5000, remoteFailure: away, late: false });
    pulse.roundEnded(null);
    expect(pulse.read().remoteFailure).toBeNull();
  });

  it('is late where nothing moved for three intervals, and never before a slow check can have ended', () => {
    for (const [interval, allowed] of [
      [MINUTE, 15 * MINUTE],
      [60 * MINUTE, 180 * MINUTE],
    ] as const) {
      const { pulse, wait } = pulseEvery(interval);
      wait(allowed);
      expect(pulse.read().late).toBe(false);
      wait(1);
      expect(pulse.read().late).toBe(true);
    }
  });

  it('is not late during a long round in which checks end', () => {
    const { pulse, wait } = pulseEvery(MINUTE);
    for (let check = 0; check < 10; check++) {
      wait(10 * MINUTE);
      pulse.beat();
    }
    expect(pulse.read()).toMatchObject({ lastRoundAt: null, late: false });
  });
});
