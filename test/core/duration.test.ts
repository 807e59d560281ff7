import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, parseSize } from '../../src/core/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['0s', 0],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '5', 'm', '5 m', '-5m', '5M', '5min', '1h 30m', '5m!', '1,5h', '1e3s', '.5s', 'Infinitys'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('reads back what formatDuration wrote, to the second of its two largest units', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 10_000_000_000 }), (milliseconds) => {
        const written = formatDuration(milliseconds);
        const back = parseDuration(written.replaceAll(' ', '')) ?? Number.NaN;
        const smallest = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }[written.at(-1) as 'd' | 'h' | 'm' | 's'];
        expect(written.split(' ').length).toBeLessThanOrEqual(2);
        expect(Math.abs(back - milliseconds)).toBeLessThan(written.includes(' ') ? smallest : 86_400_000);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1s'],
    [310_000, '5m 10s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [86_399_999, '1d'],
    [183_600_000, '2d 3h'],
  ])('shows %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('parseSize', () => {
  it.each([
    ['2000', 2000],
    ['0', 0],
    ['10B', 10],
    ['10MB', 10_000_000],
    ['10 mb', 10_000_000],
    ['512KiB', 524_288],
    ['1.5GiB', 1_610_612_736],
  ])('reads %s as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'MB', '-1', '1TB', '1 M B', '10k', '1e3', '10iB'])('refuses %j', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});
