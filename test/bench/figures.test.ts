// The arithmetic between what was measured and what is claimed.
import { describe, expect, it } from 'vitest';
import { judge } from './goals.ts';
import { median, slope } from './measure.ts';

const line = { what: 'rounds', against: 'loop', note: '', ours: 1, other: 1 };

describe('figures of the benchmark', () => {
  it('take the middle of what was measured, whatever its order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 100])).toBe(3.5);
    expect(median([])).toBeNaN();
  });

  it('tell growth from noise by the line through all values', () => {
    expect(slope([1, 3, 5, 7])).toBeCloseTo(2);
    expect(slope([5, 4, 5, 4, 5])).toBeCloseTo(0);
  });

  it('reach a goal of speed from above, and one of time or memory from below', () => {
    expect(judge({ ...line, unit: 'x faster', reached: 150, goal: 150 }).verdict).toBe('reached');
    expect(judge({ ...line, unit: 'x faster', reached: 149, goal: 150 }).verdict).toBe('not reached');
    expect(judge({ ...line, unit: 'x the time', reached: 1.4, goal: 1.5 }).verdict).toBe('reached');
    expect(judge({ ...line, unit: 'MB', reached: 61, goal: 60 }).verdict).toBe('not reached');
    expect(judge({ ...line, unit: 'runs/s', reached: 700, goal: 700 }).verdict).toBe('reached');
    expect(judge({ ...line, unit: 'ms', reached: 1201, goal: 1200 }).verdict).toBe('not reached');
  });

  it('reach no goal where nothing could be measured', () => {
    expect(judge({ ...line, unit: 'x faster', reached: Number.NaN, goal: 1 }).verdict).toBe('not reached');
    expect(judge({ ...line, unit: 'MB', reached: Number.NaN, goal: null }).verdict).toBe('no goal');
  });
});
