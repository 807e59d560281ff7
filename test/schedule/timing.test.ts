// When resources are due, by interval, period and cron expression.
import { describe, expect, it } from 'vitest';
import type { Timing } from '../../src/core/resource.ts';
import { checkTimezone } from '../../src/core/zone.ts';
import { checkSchedule, isDue, latestDue, nextDue } from '../../src/schedule/timing.ts';

const MINUTE = 60_000;
const at = (iso: string) => Date.parse(iso);
const timed = (timing: Timing, interval = 5 * MINUTE) => ({ timing, name: 'core-beta', interval });
const cron = (expression: string, timezone: string | null = null): Timing => ({ kind: 'cron', expression, timezone });

describe('a resource', () => {
  it('that was never checked is due at once, whatever its timing', async () => {
    for (const timing of [{ kind: 'interval' }, { kind: 'every', milliseconds: MINUTE }, cron('0 0 1 1 *')] as const)
      expect(await isDue(timed(timing), null, at('2026-06-01T00:00Z'))).toBe(true);
  });

  it('without a timing is due when the interval has passed since the last check', async () => {
    const last = at('2026-06-01T00:00Z');
    expect(await nextDue(timed({ kind: 'interval' }), last)).toBe(last + 5 * MINUTE);
    expect(await isDue(timed({ kind: 'interval' }), last, last + 5 * MINUTE - 1)).toBe(false);
    expect(await isDue(timed({ kind: 'interval' }), last, last + 5 * MINUTE)).toBe(true);
  });

  it('without a timing is always due in a single round', async () => {
    expect(await isDue(timed({ kind: 'interval' }, 0), at('2026-06-01T00:00Z'), at('2026-06-01T00:00Z'))).toBe(true);
  });

  it('with a period counts it from the last check', async () => {
    const timing: Timing = { kind: 'every', milliseconds: 90 * MINUTE };
    const last = at('2026-06-01T00:07Z');
    expect(await nextDue(timed(timing), last)).toBe(at('2026-06-01T01:37Z'));
    expect(await isDue(timed(timing), last, at('2026-06-01T01:36:59Z'))).toBe(false);
    expect(await isDue(timed(timing), last, at('2026-06-01T01:37Z'))).toBe(true);
  });

  it('with a schedule is due once an instant has passed, and once for all that were missed', async () => {
    const timing = cron('30 9 * * *', 'Europe/London');
    const last = at('2026-06-01T12:00Z');
    expect(await nextDue(timed(timing), last)).toBe(at('2026-06-02T08:30Z'));
    expect(await isDue(timed(timing), last, at('2026-06-02T08:29:59Z'))).toBe(false);
    expect(await isDue(timed(timing), last, at('2026-06-05T00:00Z'))).toBe(true);
    expect(await isDue(timed(timing), at('2026-06-05T00:00Z'), at('2026-06-05T00:01Z'))).toBe(false);
  });

  it('is not held up by a last check in the future', async () => {
    expect(await isDue(timed(cron('0 0 1 1 *')), at('2030-01-01T00:00Z'), at('2026-06-01T00:00Z'))).toBe(true);
  });
});

describe('the latest instant', () => {
  it('of a schedule is the one at or before now', async () => {
    const daily = { timing: cron('0 0 * * *'), name: 'nightly' };
    expect(await latestDue(daily, at('2026-06-01T23:59Z'))).toBe(at('2026-06-01T00:00Z'));
    expect(await latestDue(daily, at('2026-06-02T00:00Z'))).toBe(at('2026-06-02T00:00Z'));
  });

  it('of a period is the same for all agents, and there is none of the interval', async () => {
    const hourly: Timing = { kind: 'every', milliseconds: 60 * MINUTE };
    expect(await latestDue({ timing: hourly, name: 'a' }, at('2026-06-01T10:59Z'))).toBe(at('2026-06-01T10:00Z'));
    expect(await latestDue({ timing: { kind: 'interval' }, name: 'a' }, 1)).toBeNull();
  });
});

describe('an unusable', () => {
  it('schedule is told when it is checked, and a failure when it is asked for an instant', async () => {
    expect(await checkSchedule({ expression: '0 0 31 2 *', name: 'a' })).toBe(
      'day of month: 31 never comes in the given months',
    );
    expect(await checkSchedule({ expression: '@daily', name: 'a' })).toBeNull();
    await expect(nextDue(timed(cron('nonsense')), 0)).rejects.toMatchObject({ reason: 'definition' });
  });

  it('time zone is told', () => {
    expect(checkTimezone('Europe/London')).toBeNull();
    expect(checkTimezone('UTC')).toBeNull();
    expect(checkTimezone('Europe/Londn')).toMatch(/^an unknown time zone/);
    expect(checkTimezone('+02:00')).toMatch(/^not a time zone/);
    expect(checkTimezone('')).toMatch(/^not a time zone/);
  });
});
