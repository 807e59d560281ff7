import { describe, expect, it } from 'vitest';
import { absoluteTime, relativeTime } from '../../../src/cli/terminal/times.ts';

const NOW = Date.UTC(2026, 10, 21, 18, 5, 9);

describe('times', () => {
  it.each([
    [-(2 * 86_400_000 + 3 * 3_600_000), '2d 3h ago'],
    [-90_000, '1m 30s ago'],
    [-999, 'now'],
    [0, 'now'],
    [300_000, 'in 5m'],
  ])('%i ms away is %s', (difference, shown) => {
    expect(relativeTime(NOW + difference, NOW)).toBe(shown);
  });

  it('are told to the minute, in UTC', () => {
    expect(absoluteTime(NOW)).toBe('2026-11-21 18:05');
  });
});
