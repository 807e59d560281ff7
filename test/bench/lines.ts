// Turns what was measured into lines of the result: ratios of medians, beside their goals.
import type { Pair } from './commands.ts';
import type { RoundFigures } from './contender.ts';
import type { CostPerResource, Endurance } from './endurance.ts';
import {
  AGAINST_CLASSIC,
  AGAINST_FLOOR,
  AGAINST_URLWATCH,
  GROWTH,
  judge,
  type Line,
  MEMORY,
  SCALE,
  START,
} from './goals.ts';
import { median } from './measure.ts';
import type { CellResult, MatrixCell } from './rounds.ts';

const EVENTS = ['unchanged', 'changed'] as const;

const wall = (samples: readonly RoundFigures[] = []): number => median(samples.map(({ ms }) => ms));
const cpu = (samples: readonly RoundFigures[] = []): number => median(samples.map(({ cpuMs }) => cpuMs));

/** Against the classic loop and the floor. The goals are set for smart HTTP; a local path is for information. */
export function cellLines(cell: MatrixCell, result: CellResult): readonly Line[] {
  const { count, transport, extraction } = cell;
  const remote = transport === 'http' ? 'smart HTTP' : 'local path';
  return EVENTS.flatMap((event, place) => {
    const ours = wall(result.get('ours')?.[event]);
    const floor = wall(result.get('floor')?.[event]);
    const classicSamples = result.get('classic loop')?.[event] ?? [];
    const classic = wall(classicSamples);
    const what = `${count} resources, ${extraction}, ${remote}, ${event === 'changed' ? 'all changed' : 'no change'}`;
    const classicGoal = transport === 'http' ? (AGAINST_CLASSIC[`${count} ${extraction}`]?.[place] ?? null) : null;
    const floorGoal = transport === 'http' && extraction === 'built-in' && count === 1000 ? AGAINST_FLOOR[event] : null;
    const lines: Line[] = [];
    if (classicSamples.length > 0) {
      const few = classicSamples.length === 1 ? ', one round of the loop' : '';
      lines.push(
        judge({
          what,
          against: 'classic loop',
          unit: 'x faster',
          reached: classic / ours,
          goal: classicGoal,
          note: `the floor reaches ${format(classic / floor)}${few}`,
          ours,
          other: classic,
        }),
      );
    }
    lines.push(
      judge({
        what,
        against: 'floor',
        unit: 'x the time',
        reached: ours / floor,
        goal: floorGoal,
        note: `${format(ours - floor)} ms above it`,
        ours,
        other: floor,
      }),
    );
    return lines;
  });
}

/** Memory of the agent in bytes, with so many resources. */
export function memoryLine(count: number, memory: number): Line {
  return judge({
    what: `memory of the agent, ${count} resources`,
    against: 'resident set',
    unit: 'MB',
    reached: memory / 1e6,
    goal: MEMORY[count] ?? null,
    note: 'after rounds with and without changes',
    ours: null,
    other: null,
  });
}

export function urlwatchLines(pair: Pair, count: number): readonly Line[] {
  const line = (what: string, of: (samples: readonly RoundFigures[]) => number): Line =>
    judge({
      what: `check of ${count} pages, whole process, ${what}`,
      against: 'urlwatch',
      unit: 'x faster',
      reached: of(pair.other) / of(pair.ours),
      goal: count === 1000 ? AGAINST_URLWATCH : null,
      note: '',
      ours: of(pair.ours),
      other: of(pair.other),
    });
  return [line('wall', wall), line('CPU', cpu)];
}

export function startLine(pair: Pair): Line {
  return judge({
    what: 'start of --version',
    against: 'node -e 0',
    unit: 'x the time',
    reached: wall(pair.ours) / wall(pair.other),
    goal: START,
    note: '',
    ours: wall(pair.ours),
    other: wall(pair.other),
  });
}

export function enduranceLines(endurance: Endurance): readonly Line[] {
  const common = { against: `${endurance.rounds} rounds`, ours: null, other: null };
  return [
    judge({
      ...common,
      what: 'memory of rounds, 34 resources, growth',
      unit: 'KB per 1,000 rounds',
      reached: endurance.growth / 1000,
      goal: GROWTH,
      note: 'slope over the second half; everything changed in every hundredth round',
    }),
    judge({
      ...common,
      what: 'memory of rounds, 34 resources, at the end',
      unit: 'MB',
      reached: endurance.rss / 1e6,
      goal: MEMORY[34] ?? null,
      note: '',
    }),
  ];
}

/** The cost of a resource among ten times as many. */
export function scaleLines(
  small: CostPerResource,
  large: CostPerResource,
  counts: readonly [number, number],
): readonly Line[] {
  const lines = EVENTS.map((event) =>
    judge({
      what: `time per resource at ${counts[1]}, ${event === 'changed' ? 'all changed' : 'no change'}`,
      against: `at ${counts[0]}`,
      unit: 'x the time',
      reached: large[event] / small[event],
      goal: SCALE,
      note: 'linear is 1',
      ours: large[event],
      other: small[event],
    }),
  );
  const memory = judge({
    what: `memory, ${counts[1]} resources`,
    against: 'resident set',
    unit: 'MB',
    reached: large.rss / 1e6,
    goal: null,
    note: '',
    ours: null,
    other: null,
  });
  return [...lines, memory];
}

/** Three significant digits, which is more than a ratio is worth. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return '?';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
