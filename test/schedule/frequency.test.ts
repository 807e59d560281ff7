// How often expressions are due in a day.
import { expect, it } from 'vitest';
import { runsPerDay } from '../../src/schedule/frequency.ts';

it.each([
  ['*/5 * * * *', 288],
  ['17 * * * *', 24],
  ['0 0,12 * * 1-5', 1],
  ['0 6 * * *', 1],
  ['not an expression', 0],
])('%s is due %i times on the average day of a week', (expression, times) => {
  expect(runsPerDay(expression)).toBe(times);
});
