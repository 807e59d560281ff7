// Cron expressions: which instants they are due at, what H makes of a name, and what is refused in which words.
import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCron, compileCron, latestInstant, nextInstant } from '../../src/schedule/cron.ts';
import { expandFields } from '../../src/schedule/cron-fields.ts';

const at = (iso: string) => Date.parse(iso);

function times(expression: string, name = 'core-beta') {
  const compiled = compileCron(expression, name);
  if (typeof compiled === 'string') throw new Error(compiled);
  return compiled;
}

/** The next instants after a time, as ISO texts. */
function following(input: { expression: string; timezone?: string; after: string; count: number; name?: string }) {
  const compiled = times(input.expression, input.name);
  const found: string[] = [];
  let after = at(input.after);
  for (let count = 0; count < input.count; count++) {
    const next = nextInstant(compiled, input.timezone ?? null, after);
    if (next === null) break;
    found.push(new Date(next).toISOString().replace(':00.000Z', 'Z'));
    after = next;
  }
  return found;
}

/** The last instants until a time, as ISO texts, the latest first. */
function preceding(input: { expression: string; timezone?: string; until: string; count: number }) {
  const compiled = times(input.expression);
  const found: string[] = [];
  let until = at(input.until);
  for (let count = 0; count < input.count; count++) {
    const latest = latestInstant(compiled, input.timezone ?? null, until);
    if (latest === null) break;
    found.push(new Date(latest).toISOString().replace(':00.000Z', 'Z'));
    until = latest - 1;
  }
  return found;
}

describe('H', () => {
  it.each([
    ['hello', 'H * * * *', '10 * * * *'],
    ['job1', 'H * * * *', '41 * * * *'],
    ['job2', 'H * * * *', '59 * * * *'],
    ['different id', 'H * * * *', '24 * * * *'],
    ['hello', 'H H * * *', '10 11 * * *'],
    ['job1', 'H H * * *', '41 20 * * *'],
    ['job2', 'H H * * *', '59 17 * * *'],
    ['different id', 'H H * * *', '24 0 * * *'],
    ['hello', 'H/5 * * * *', '0-59/5 * * * *'],
    ['job1', 'H/5 * * * *', '1-59/5 * * * *'],
    ['job2', 'H/5 * * * *', '4-59/5 * * * *'],
    ['different id', 'H/5 * * * *', '4-59/5 * * * *'],
    ['hello', '0 H(0-7) * * *', '0 3 * * *'],
    ['job1', '0 H(0-7) * * *', '0 4 * * *'],
    ['hello', '0 0 H * *', '0 0 1 * *'],
    ['job1', '0 0 H * *', '0 0 22 * *'],
    ['hello', '0 0 1 H *', '0 0 1 9 *'],
    ['job1', '0 0 1 H *', '0 0 1 12 *'],
    ['hello', '0 0 * * H', '0 0 * * 5'],
    ['different id', '0 0 * * H', '0 0 * * 6'],
    ['job1', 'H(0-29) * * * *', '11 * * * *'],
    ['job2', 'H(0-29) * * * *', '29 * * * *'],
    ['job1', '@midnight', '41 2 * * *'],
    ['hello', '@hourly', '10 * * * *'],
    ['hello', '@daily', '10 11 * * *'],
    ['hello', '@weekly', '10 11 * * 5'],
    ['hello', '@monthly', '10 11 1 * *'],
    ['hello', '@yearly', '10 11 1 9 *'],
    ['hello', '@Annually', '10 11 1 9 *'],
  ])('of %j makes of %j the fields %j', (name, expression, fields) => {
    expect(expandFields(expression, name)).toEqual({ fields: fields.split(' ') });
  });

  it('with a divisor is due exactly as often as the divisor says, whatever the name', () => {
    const dividing = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60];
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...dividing), (name, step) => {
        expect(times(`H/${step} * * * *`, name).minutesOfDay).toHaveLength(24 * (60 / step));
      }),
    );
  });

  it('stays within its range, whatever the name', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }), (name, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const [minute] = times(`H(${low}-${high}) 0 * * *`, name).minutesOfDay;
        expect(minute).toBeGreaterThanOrEqual(low);
        expect(minute).toBeLessThanOrEqual(high);
      }),
    );
  });

  it('hashes names outside ASCII by their UTF-8 bytes', () => {
    // CRC-32 of the bytes 67 72 c3 b6 c3 9f 65 is 1540598153
    expect(expandFields('H * * * *', 'größe')).toEqual({ fields: ['53', '*', '*', '*', '*'] });
  });
});

describe('an expression', () => {
  it('may say Sunday as 0, 7 or by name, and ranges that wrap round', () => {
    const sundays = ['2026-03-01T00:00Z', '2026-03-08T00:00Z'];
    for (const day of ['0', '7', 'sun', 'SUN'])
      expect(following({ expression: `0 0 * * ${day}`, after: '2026-02-28T12:00Z', count: 2 })).toEqual(sundays);
    expect(following({ expression: '0 0 * * fri-mon', after: '2026-02-26T12:00Z', count: 5 })).toEqual([
      '2026-02-27T00:00Z',
      '2026-02-28T00:00Z',
      '2026-03-01T00:00Z',
      '2026-03-02T00:00Z',
      '2026-03-06T00:00Z',
    ]);
    expect(following({ expression: '0 0 * * 5-7', after: '2026-03-05T12:00Z', count: 4 })).toEqual([
      '2026-03-06T00:00Z',
      '2026-03-07T00:00Z',
      '2026-03-08T00:00Z',
      '2026-03-13T00:00Z',
    ]);
  });

  it('that restricts the day of the month and the day of the week is due on either', () => {
    expect(following({ expression: '0 0 13 * fri', after: '2026-02-01T00:00Z', count: 5 })).toEqual([
      '2026-02-06T00:00Z',
      '2026-02-13T00:00Z',
      '2026-02-20T00:00Z',
      '2026-02-27T00:00Z',
      '2026-03-06T00:00Z',
    ]);
  });

  it('for 29 February waits for it, over the year 2100 as well', () => {
    expect(following({ expression: '0 0 29 2 *', after: '2096-03-01T00:00Z', count: 1 })).toEqual([
      '2104-02-29T00:00Z',
    ]);
    expect(preceding({ expression: '0 0 29 2 *', until: '2104-02-01T00:00Z', count: 1 })).toEqual([
      '2096-02-29T00:00Z',
    ]);
  });

  it('may have more than one blank between its fields', () => {
    expect(following({ expression: ' 5/20   3 * * * ', after: '2026-01-01T00:00Z', count: 3 })).toEqual([
      '2026-01-01T03:05Z',
      '2026-01-01T03:25Z',
      '2026-01-01T03:45Z',
    ]);
  });

  it('is due strictly after the instant asked about, and at the latest at it', () => {
    expect(following({ expression: '* * * * *', after: '2026-01-01T00:00:00Z', count: 1 })).toEqual([
      '2026-01-01T00:01Z',
    ]);
    expect(preceding({ expression: '* * * * *', until: '2026-01-01T00:00:00Z', count: 1 })).toEqual([
      '2026-01-01T00:00Z',
    ]);
  });
});

describe('when the clocks go forward', () => {
  it('a time that they skip is due as much later as they were put forward', () => {
    const skipped = { expression: '30 2 * * *', timezone: 'America/New_York' };
    const days = ['2026-03-07T07:30Z', '2026-03-08T07:30Z', '2026-03-09T06:30Z'];
    expect(following({ ...skipped, after: '2026-03-06T12:00Z', count: 3 })).toEqual(days);
    expect(preceding({ ...skipped, until: '2026-03-09T12:00Z', count: 3 })).toEqual(days.toReversed());
  });

  it('an expression for every hour goes on in real time', () => {
    const hourly = { expression: '*/30 * * * *', timezone: 'America/New_York' };
    const expected = ['2026-03-08T06:30Z', '2026-03-08T07:00Z', '2026-03-08T07:30Z', '2026-03-08T08:00Z'];
    expect(following({ ...hourly, after: '2026-03-08T06:00Z', count: 4 })).toEqual(expected);
    expect(preceding({ ...hourly, until: '2026-03-08T08:00Z', count: 4 })).toEqual(expected.toReversed());
  });

  it('two times that fall together are due once', () => {
    expect(
      following({ expression: '30 2,3 * * *', timezone: 'America/New_York', after: '2026-03-08T00:00Z', count: 2 }),
    ).toEqual(['2026-03-08T07:30Z', '2026-03-09T06:30Z']);
  });

  it('by half an hour, or at midnight, nothing is lost', () => {
    expect(
      following({ expression: '15 2 * * *', timezone: 'Australia/Lord_Howe', after: '2026-10-02T16:00Z', count: 2 }),
    ).toEqual(['2026-10-03T15:45Z', '2026-10-04T15:15Z']);
    expect(
      following({ expression: '30 0 * * *', timezone: 'America/Santiago', after: '2026-09-05T12:00Z', count: 2 }),
    ).toEqual(['2026-09-06T04:30Z', '2026-09-07T03:30Z']);
  });
});

describe('when the clocks go back', () => {
  it('a time that comes twice is due the first time only', () => {
    const twice = { expression: '30 1 * * *', timezone: 'America/New_York' };
    const days = ['2026-10-31T05:30Z', '2026-11-01T05:30Z', '2026-11-02T06:30Z'];
    expect(following({ ...twice, after: '2026-10-31T00:00Z', count: 3 })).toEqual(days);
    expect(preceding({ ...twice, until: '2026-11-02T12:00Z', count: 3 })).toEqual(days.toReversed());
  });

  it('an expression for every hour goes on in real time', () => {
    const hourly = { expression: '15 * * * *', timezone: 'America/New_York' };
    const expected = ['2026-11-01T04:15Z', '2026-11-01T05:15Z', '2026-11-01T06:15Z', '2026-11-01T07:15Z'];
    expect(following({ ...hourly, after: '2026-11-01T04:00Z', count: 4 })).toEqual(expected);
    expect(preceding({ ...hourly, until: '2026-11-01T08:00Z', count: 4 })).toEqual(expected.toReversed());
  });
});

describe('the instants', () => {
  const field = (low: number, high: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: low, max: high }).map(String),
      fc.integer({ min: 2, max: 6 }).map((step) => `*/${step}`),
      fc
        .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    );
  const expressions = fc
    .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
    .map((fields) => fields.join(' '));
  const instants = fc.integer({ min: at('2024-01-01T00:00Z'), max: at('2032-01-01T00:00Z') });

  it('agree with another implementation where no clock is changed', () => {
    fc.assert(
      fc.property(expressions, instants, (expression, now) => {
        const other = () => CronExpressionParser.parse(expression, { tz: 'UTC', currentDate: new Date(now) });
        expect(nextInstant(times(expression), null, now)).toBe(other().next().getTime());
        expect(latestInstant(times(expression), 'UTC', now - 1)).toBe(
          CronExpressionParser.parse(expression, { tz: 'UTC', currentDate: new Date(now) })
            .prev()
            .getTime(),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('are the same forwards and backwards in every zone', () => {
    const zones = [
      'UTC',
      'America/New_York',
      'Europe/London',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/Santiago',
    ];
    fc.assert(
      fc.property(expressions, fc.constantFrom(...zones), instants, (expression, zone, now) => {
        const compiled = times(expression);
        const next = nextInstant(compiled, zone, now);
        expect(next).not.toBeNull();
        expect(latestInstant(compiled, zone, next!)).toBe(next);
        const latest = latestInstant(compiled, zone, next! - 1);
        expect(latest === null || latest <= now).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('refused is', () => {
  it.each([
    ['', 'not five fields: minute, hour, day of month, month, day of week'],
    ['* * * *', 'not five fields: minute, hour, day of month, month, day of week'],
    ['0 * * * * *', 'six fields: schedules have no seconds, write five'],
    ['60 * * * *', 'minute: 60 is not within 0 to 59'],
    ['* 24 * * *', 'hour: 24 is not within 0 to 23'],
    ['* * 0 * *', 'day of month: 0 is not within 1 to 31'],
    ['* * * 13 *', 'month: 13 is not within 1 to 12'],
    ['* * * * 8', 'day of week: 8 is not within 0 to 7'],
    ['*/0 * * * *', 'minute: /0 is not a step from 1 to 60'],
    ['*/90 * * * *', 'minute: /90 is not a step from 1 to 60'],
    ['1-100/200 * * * *', 'minute: 100 is not within 0 to 59'],
    ['1,,2 * * * *', 'minute: 1,,2 is not a cron field'],
    ['a * * * *', 'minute: a is not a cron field'],
    ['* * * foo *', 'month: foo is not a cron field'],
    ['* * * * mo', 'day of week: mo is not a cron field'],
    ['H,30 * * * *', 'minute: H stands alone, as H, H(a-b), H/n or H(a-b)/n'],
    ['h * * * *', 'minute: H stands alone, as H, H(a-b), H/n or H(a-b)/n'],
    ['H/0 * * * *', 'minute: /0 is not a step from 1 to 60'],
    ['H(10-5) * * * *', 'minute: H(10-5) is not within 0 to 59'],
    ['0 H(0-24) * * *', 'hour: H(0-24) is not within 0 to 23'],
    ['R * * * *', 'minute: R (random) is not built yet: H gives a fixed number'],
    ['0 0 L * *', 'day of month: L, W and # are not built yet'],
    ['0 0 15W * *', 'day of month: L, W and # are not built yet'],
    ['0 0 * * 5#2', 'day of week: L, W and # are not built yet'],
    ['RRULE:FREQ=DAILY', 'RRULE schedules are not built yet'],
    ['0 0 31 2 *', 'day of month: 31 never comes in the given months'],
    ['0 0 30 feb *', 'day of month: 30 never comes in the given months'],
    ['0 0 31 4,6,9,11 *', 'day of month: 31 never comes in the given months'],
  ])('%j: %s', (expression, message) => {
    expect(checkCron(expression, 'core-beta')).toBe(message);
  });

  it('an unknown keyword, with the known ones', () => {
    expect(checkCron('@reboot', 'core-beta')).toMatch(/^unknown keyword: one of @midnight, @hourly/);
  });
});
