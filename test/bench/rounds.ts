// The heart of the benchmark: every contender does the same rounds over its own copy of the same origin, in turn, and
// after every round it is counted what has landed there.
import { type Contender, classicLoop, type RoundFigures, warmContender } from './contender.ts';
import { assertLanded, type Origin, type Transport, type World } from './world.ts';

export interface MatrixCell {
  readonly count: number;
  readonly transport: Transport;
  /** What gives the values: our own steps over http, or classic shell extractors on local files. */
  readonly extraction: 'built-in' | 'shell';
}

export interface Samples {
  readonly unchanged: readonly RoundFigures[];
  readonly changed: readonly RoundFigures[];
}

/** Samples by contender: `ours`, `floor`, `classic loop`. */
export type CellResult = ReadonlyMap<string, Samples>;

interface Entrant {
  readonly contender: Contender;
  readonly origin: Origin;
  readonly repetitions: number;
  readonly unchanged: RoundFigures[];
  readonly changed: RoundFigures[];
}

/** Rounds before the first that counts, of a process that lives on. */
const WARM_UP = 5;

/** Does all rounds of one cell of the matrix. Throws where a contender did not do what it was to do. */
export async function runCell(
  world: World,
  cell: MatrixCell,
  repetitions: { readonly warm: number; readonly classic: number },
): Promise<CellResult> {
  const { count, transport } = cell;
  const builtIn = cell.extraction === 'built-in';
  const ownKind = { count, transport, source: builtIn ? 'http' : 'classic-file' } as const;
  const classicKind = { count, transport, source: builtIn ? 'classic-http' : 'classic-file' } as const;
  const entrants: Entrant[] = [];
  const enter = (origin: Origin, contender: Contender, times: number): void => {
    entrants.push({ contender, origin, repetitions: times, unchanged: [], changed: [] });
  };
  try {
    for (const entry of ['ours', 'floor'] as const) {
      const origin = await world.makeOrigin(ownKind);
      enter(origin, await warmContender(entry, world, origin), repetitions.warm);
    }
    if (repetitions.classic > 0) {
      const origin = await world.makeOrigin(classicKind);
      enter(origin, classicLoop(world, origin), repetitions.classic);
    }
    await world.setGeneration(0);
    // Clones, first connections and code that is not compiled yet are not what a round is about.
    for (const entrant of entrants) {
      const rounds = entrant.contender.name === 'classic loop' ? 1 : WARM_UP;
      for (let round = 0; round < rounds; round += 1) await unchangedRound(world, entrant, builtIn);
    }
    for (let turn = 0; turn < repetitions.warm; turn += 1) {
      for (const entrant of entrants) {
        if (turn < entrant.repetitions) entrant.unchanged.push(await unchangedRound(world, entrant, builtIn));
      }
    }
    for (let generation = 1; generation <= repetitions.warm; generation += 1) {
      for (const entrant of entrants) {
        if (generation > entrant.repetitions) continue;
        entrant.changed.push(await changedRound(world, entrant, builtIn, generation));
      }
    }
  } finally {
    for (const { contender, origin } of entrants) {
      await contender.close();
      await world.removeOrigin(origin);
    }
  }
  return new Map(entrants.map(({ contender, unchanged, changed }) => [contender.name, { unchanged, changed }]));
}

async function unchangedRound(world: World, entrant: Entrant, web: boolean): Promise<RoundFigures> {
  await world.takeRequests();
  const figures = await entrant.contender.round();
  await assertRound(world, entrant, web, { figures, generation: 0, landed: 0 });
  return figures;
}

async function changedRound(world: World, entrant: Entrant, web: boolean, generation: number): Promise<RoundFigures> {
  await entrant.contender.prepare(generation);
  await world.setGeneration(generation);
  await world.takeRequests();
  const figures = await entrant.contender.round();
  await assertRound(world, entrant, web, { figures, generation, landed: entrant.origin.count });
  return figures;
}

async function assertRound(
  world: World,
  { contender, origin }: Entrant,
  web: boolean,
  round: { readonly figures: RoundFigures; readonly generation: number; readonly landed: number },
): Promise<void> {
  const problem = (text: string) => new Error(`${contender.name}, ${origin.count} resources: ${text}`);
  const requests = await world.takeRequests();
  if (web && requests !== origin.count) throw problem(`${requests} pages were read instead of ${origin.count}`);
  const { changed } = round.figures;
  if (changed !== null && changed !== round.landed) throw problem(`it tells ${changed} changes, not ${round.landed}`);
  await assertLanded(origin, round.generation * origin.count, round.generation).catch((error: Error) => {
    throw problem(error.message);
  });
}
