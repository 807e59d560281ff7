import { expect, it } from 'vitest';
import { createSingleFlight } from '../../src/concurrency/single-flight.ts';

it('work of the same key is done once while it is under way', async () => {
  const once = createSingleFlight();
  let runs = 0;
  const work = async () => ++runs;
  expect(await Promise.all([once('a', work), once('a', work), once('b', work)])).toEqual([1, 1, 2]);
});

it('nothing is kept when the work has ended, neither an answer nor a failure', async () => {
  const once = createSingleFlight();
  let runs = 0;
  const work = async () => {
    runs++;
    if (runs === 1) throw new Error('first');
    return runs;
  };
  const both = await Promise.allSettled([once('a', work), once('a', work)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await once('a', work)).toBe(2);
  expect(await once('a', work)).toBe(3);
});

it('work that throws at once fails like work that fails later', async () => {
  const once = createSingleFlight();
  const work = (): Promise<never> => {
    throw new Error('at once');
  };
  await expect(once('a', work)).rejects.toThrow('at once');
  expect(await once('a', async () => 'fine')).toBe('fine');
});
