import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketAt, checkFormat, WEEKDAYS } from '../../src/extract/clock-bucket.ts';

const at = (instant: string, format: string, timezone = 'UTC') => bucketAt(Date.parse(instant), { format, timezone });
const value = (text: string) => ({ kind: 'value', value: text });

const ZONES = ['UTC', 'Europe/London', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', 'Pacific/Kiritimati'];
const moments = fc.date({ min: new Date('1971-01-01'), max: new Date('2120-01-01'), noInvalidDate: true }).map(Number);
const zones = fc.constantFrom(...ZONES);

describe('a date bucket', () => {
  it.each([
    ['2026-01-31T12:05:00Z', '%Y%m%d', '20260131'],
    ['2026-01-31T12:05:00Z', '%Y-%m-%d %H:%M', '2026-01-31 12:05'],
    ['2026-01-31T00:05:00Z', '%H', '00'],
    ['2026-02-03T12:05:00Z', '%-d.%-m.%y', '3.2.26'],
    ['2026-02-03T12:05:00Z', '%a %A %b %B %u %w', 'Tue Tuesday Feb February 2 2'],
    ['2026-02-01T12:05:00Z', '%u %w', '7 0'],
    ['2026-12-31T12:05:00Z', '%j %q %C', '365 4 20'],
    ['2024-12-31T12:05:00Z', '%j %F 100%%', '366 2024-12-31 100%'],
    ['2021-01-03T12:00:00Z', '%G-W%V %g', '2020-W53 20'],
    ['2024-12-30T12:00:00Z', '%G-W%V', '2025-W01'],
    ['2026-01-01T12:00:00Z', '%V', '01'],
  ])('of %s as %s is %s', (instant, format, text) => expect(at(instant, format)).toEqual(value(text)));

  it('begins at midnight of the time zone, also where the clocks change then', () => {
    const day = '%Y%m%d';
    expect(at('2026-03-28T23:59:59Z', day, 'Europe/London')).toEqual(value('20260328'));
    expect(at('2026-03-29T00:00:00Z', day, 'Europe/London')).toEqual(value('20260329'));
    expect(at('2026-03-29T22:59:59Z', day, 'Europe/London')).toEqual(value('20260329'));
    expect(at('2026-03-29T23:00:00Z', day, 'Europe/London')).toEqual(value('20260330'));
    expect(at('2026-03-29T10:00:00Z', day, 'Pacific/Kiritimati')).toEqual(value('20260330'));
    // Samoa had no 30 December 2011.
    expect(at('2011-12-30T09:59:00Z', day, 'Pacific/Apia')).toEqual(value('20111229'));
    expect(at('2011-12-30T10:00:00Z', day, 'Pacific/Apia')).toEqual(value('20111231'));
  });

  it('is the calendar date that the time zone database gives', () => {
    fc.assert(
      fc.property(moments, zones, (now, timezone) => {
        const date = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format(now);
        expect(bucketAt(now, { format: '%F', timezone })).toEqual(value(date));
      }),
    );
  });

  it('of the ISO week gives the date back, and never goes back in time', () => {
    fc.assert(
      fc.property(moments, fc.nat(400 * 86_400_000), zones, (now, later, timezone) => {
        const read = (moment: number) => {
          const bucket = bucketAt(moment, { format: '%G %V %u %F', timezone });
          return bucket.kind === 'value' ? bucket.value.split(' ') : [];
        };
        const [year = '', week = '', weekday = '', date = ''] = read(now);
        // The week with 4 January in it is the first one.
        const fourth = new Date(`${year}-01-04T00:00:00Z`);
        const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * 86_400_000;
        const day = monday + ((Number(week) - 1) * 7 + Number(weekday) - 1) * 86_400_000;
        expect(new Date(day).toISOString().slice(0, 10)).toBe(date);
        const [laterYear = '', laterWeek = ''] = read(now + later);
        expect(`${laterYear}${laterWeek}` >= `${year}${week}`).toBe(true);
      }),
    );
  });
});

describe('not_before', () => {
  const options = { format: '%Y%m%d', timezone: 'Europe/London', notBefore: 120 };

  it('gives nothing until that time of day', () => {
    expect(bucketAt(Date.parse('2026-01-31T01:59:59Z'), options)).toEqual({
      kind: 'nothing',
      why: 'not before 02:00 (Europe/London)',
    });
    expect(bucketAt(Date.parse('2026-01-31T02:00:00Z'), options)).toEqual(value('20260131'));
  });

  it('is over after the hour that summer time leaves out', () => {
    const within = { ...options, notBefore: 90 };
    expect(bucketAt(Date.parse('2026-03-29T00:59:59Z'), within).kind).toBe('nothing');
    expect(bucketAt(Date.parse('2026-03-29T01:00:00Z'), within)).toEqual(value('20260329'));
  });

  it('lets no day pass without its value', () => {
    fc.assert(
      fc.property(moments, zones, fc.nat(22 * 60), (now, timezone, notBefore) => {
        const values = new Set<string>();
        for (let hour = 0; hour < 26; hour++) {
          const bucket = bucketAt(now + hour * 3_600_000, { format: '%F', timezone, notBefore });
          if (bucket.kind === 'value') values.add(bucket.value);
        }
        expect(values.size).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

it('on other days there is nothing', () => {
  fc.assert(
    fc.property(moments, zones, fc.subarray([...WEEKDAYS], { minLength: 1 }), (now, timezone, days) => {
      const bucket = bucketAt(now, { format: '%a', timezone, days });
      const today = new Intl.DateTimeFormat('en', { timeZone: timezone, weekday: 'short' }).format(now);
      const isListed = days.some((day) => day === today.toLowerCase());
      expect(bucket).toEqual(
        isListed ? value(today) : { kind: 'nothing', why: expect.stringContaining(today.toLowerCase()) },
      );
    }),
  );
});

describe('a format', () => {
  it.each([
    ['%Y%m%d%S', /seconds/],
    ['%s', /seconds/],
    ['%Q', /unknown field/],
    ['%Y%', /unknown field/],
    ['%-', /unknown field/],
    ['week', /no field/],
    ['100%%', /no field/],
  ])('%s is refused', (format, message) => expect(() => checkFormat(format)).toThrow(message));

  it.each(['%Y', '%-V', '%G-W%V', 'build %F 100%%'])('%s is taken', (format) => {
    expect(() => checkFormat(format)).not.toThrow();
  });
});
