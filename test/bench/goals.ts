// The figures that are aimed at, and how a measurement compares with its goal.

/** One line of the result. */
export interface Line {
  readonly what: string;
  readonly against: string;
  readonly unit: 'x faster' | 'x the time' | 'runs/s' | 'ms' | 'MB' | 'KB per 1,000 rounds';
  readonly reached: number;
  /** null where none was set: the figure is for information. */
  readonly goal: number | null;
  readonly verdict: 'reached' | 'not reached' | 'no goal';
  /** Why a goal was not reached, or what else to know. */
  readonly note: string;
  /** Medians, in milliseconds where the unit is a ratio; they mean nothing on another machine. */
  readonly ours: number | null;
  readonly other: number | null;
}

/** Units of which more is better: the goal has to be reached from below. */
const MORE_IS_BETTER: ReadonlySet<Line['unit']> = new Set(['x faster', 'runs/s']);

export function isBoundBelow(unit: Line['unit']): boolean {
  return MORE_IS_BETTER.has(unit);
}

/** `x faster` and `runs/s` have to be at least the goal, everything else at most. */
export function judge(line: Omit<Line, 'verdict'>): Line {
  if (line.goal === null) return { ...line, verdict: 'no goal' };
  const reached = isBoundBelow(line.unit) ? line.reached >= line.goal : line.reached <= line.goal;
  return { ...line, verdict: reached ? 'reached' : 'not reached' };
}

/** Times faster than the classic loop, by number of resources and extraction: nothing changed, everything changed. */
export const AGAINST_CLASSIC: Readonly<Record<string, readonly [unchanged: number, changed: number]>> = {
  '1000 built-in': [150, 200],
  '1000 shell': [30, 100],
  '34 built-in': [80, 40],
  '34 shell': [20, 25],
};

/** Times the floor's time at 1,000 resources. */
export const AGAINST_FLOOR = { unchanged: 1.5, changed: 2 };

/** Times faster than urlwatch, by wall clock and by processor time. */
export const AGAINST_URLWATCH = 4;

/** Times the time of a Node that does nothing. */
export const START = 1.3;

/** Resident memory of the agent in MB, by number of resources. */
export const MEMORY: Readonly<Record<number, number>> = { 34: 60, 1000: 90 };

/** Flat over 10,000 rounds: at most this growth, in KB per 1,000 rounds (5 MB in all would be 500). */
export const GROWTH = 100;

/** Times the cost of a resource among ten times as many; linear is 1, and this much is noise. */
export const SCALE = 1.2;

/** Recorded runs a second on two cores, by how many are carried out at a time. */
export const RUNS: Readonly<Record<number, number>> = { 4: 700, 64: 900 };

/** Milliseconds from the moment that 1,000 runs are due to the start of the last. */
export const BURST_LAG = 1200;

/** Resident memory of the runner's process in MB after 9,000 runs. */
export const RUNNER_MEMORY = 70;

/** Times a look-up by primary key, to list 50 of 100,000 records. */
export const LISTING = 50;
