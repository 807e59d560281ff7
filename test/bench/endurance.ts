// What only shows over time or size: memory over thousands of rounds, and the cost of a resource among ten thousand.
import { warmContender } from './contender.ts';
import { median, slope } from './measure.ts';
import { assertLanded, type World } from './world.ts';

export interface Endurance {
  readonly rounds: number;
  /** Resident memory in bytes at the end. */
  readonly rss: number;
  /** Growth in bytes per 1,000 rounds: of what remains after collections of garbage, over the second half. */
  readonly growth: number;
}

/** Rounds of which the lowest memory is taken. */
const BLOCK = 500;

/** Rounds over 34 resources, in every hundredth of which everything has changed. */
export async function measureEndurance(world: World, rounds: number, tell: (text: string) => void): Promise<Endurance> {
  const origin = await world.makeOrigin({ count: 34, source: 'http', transport: 'http' });
  const contender = await warmContender('ours', world, origin);
  const memory: number[] = [];
  let generation = 0;
  try {
    await world.setGeneration(0);
    for (let round = 1; round <= rounds; round += 1) {
      if (round % 100 === 0) {
        generation += 1;
        await world.setGeneration(generation);
      }
      const { rss } = await contender.round();
      memory.push(rss ?? Number.NaN);
      if (round % 1000 === 0) tell(`${round} rounds, ${Math.round((rss ?? 0) / 1e6)} MB`);
    }
    await assertLanded(origin, generation * origin.count, generation);
  } finally {
    await contender.close();
    await world.removeOrigin(origin);
  }
  const settled = lowest(memory.slice(Math.floor(memory.length / 2)));
  return { rounds, rss: median(memory.slice(-100)), growth: (slope(settled) / BLOCK) * 1000 };
}

/** The least of every block: memory rises and falls with the collector, and growth is what does not fall back. */
function lowest(memory: readonly number[]): readonly number[] {
  const blocks = Math.floor(memory.length / BLOCK);
  return Array.from({ length: blocks }, (_, block) => Math.min(...memory.slice(block * BLOCK, (block + 1) * BLOCK)));
}

/** Milliseconds per resource of a round in which nothing, and one in which everything changed. */
export interface CostPerResource {
  readonly unchanged: number;
  readonly changed: number;
  /** Resident memory in bytes afterwards. */
  readonly rss: number;
}

export async function measureScale(world: World, count: number, repetitions: number): Promise<CostPerResource> {
  const origin = await world.makeOrigin({ count, source: 'http', transport: 'http' });
  const contender = await warmContender('ours', world, origin);
  const unchanged: number[] = [];
  const changed: number[] = [];
  let rss = 0;
  try {
    await world.setGeneration(0);
    await contender.round();
    for (let turn = 0; turn < repetitions; turn += 1) unchanged.push((await contender.round()).ms);
    for (let generation = 1; generation <= repetitions; generation += 1) {
      await world.setGeneration(generation);
      const figures = await contender.round();
      changed.push(figures.ms);
      rss = figures.rss ?? 0;
      await assertLanded(origin, generation * count, generation);
    }
  } finally {
    await contender.close();
    await world.removeOrigin(origin);
  }
  return { unchanged: median(unchanged) / count, changed: median(changed) / count, rss };
}
