// Turns what was measured of the runner into lines of the result.
import { BURST_LAG, judge, LISTING, type Line, RUNNER_MEMORY, RUNS } from './goals.ts';
import { format } from './lines.ts';
import { median } from './measure.ts';
import type { RunFigures } from './our-runs.ts';
import { LISTED, type Listing, RECORDED } from './records.ts';
import { RUNS_IN_MEMORY, RUNS_OF_ROUND, type RunnerRounds } from './runs.ts';

const count = (value: number): string => value.toLocaleString('en');

export function runsLines({ atATime, ours, bare, forked }: RunnerRounds): readonly Line[] {
  const what = `${count(RUNS_OF_ROUND)} recorded runs, ${atATime} at a time`;
  const time = median(ours.map(({ ms }) => ms));
  const cpu = median(ours.map(({ cpuMs }) => cpuMs)) / RUNS_OF_ROUND;
  const against = (name: string, times: readonly number[]): Line =>
    judge({
      what,
      against: name,
      unit: 'x the time',
      reached: time / median(times),
      goal: null,
      note: `that makes ${format((RUNS_OF_ROUND / median(times)) * 1000)} processes/s`,
      ours: time,
      other: median(times),
    });
  return [
    judge({
      what,
      against: 'two cores',
      unit: 'runs/s',
      reached: (RUNS_OF_ROUND / time) * 1000,
      goal: RUNS[atATime] ?? null,
      note: `${format(cpu)} ms of processor time each in the runner itself`,
      ours: time,
      other: null,
    }),
    against('bare processes of Node', bare),
    against('xargs', forked),
  ];
}

export function burstLine(atATime: number, bursts: readonly RunFigures[]): Line {
  const time = median(bursts.map(({ ms }) => ms));
  return judge({
    what: `${count(RUNS_OF_ROUND)} runs due at once, ${atATime} at a time, greatest lag`,
    against: 'due',
    unit: 'ms',
    reached: median(bursts.map(({ lag }) => lag)),
    goal: BURST_LAG,
    note: `${format((RUNS_OF_ROUND / time) * 1000)} runs/s`,
    ours: time,
    other: null,
  });
}

/** Memory in bytes. */
export function runnerMemoryLine(memory: number): Line {
  return judge({
    what: `memory of the runner after ${count(RUNS_IN_MEMORY)} runs`,
    against: 'resident set',
    unit: 'MB',
    reached: memory / 1e6,
    goal: RUNNER_MEMORY,
    note: '',
    ours: null,
    other: null,
  });
}

export function listingLine({ list, lookUp }: Listing): Line {
  return judge({
    what: `list ${LISTED} of ${count(RECORDED)} runs`,
    against: 'look-up by key',
    unit: 'x the time',
    reached: list / lookUp,
    goal: LISTING,
    note: '',
    ours: list,
    other: lookUp,
  });
}
