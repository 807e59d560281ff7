// What tasks leave behind: processes that left their group are found by the run and task in their environment, and killed
// until none is left.
import type { Clock } from '../../system/clock.ts';
import { killLabelled, type Labelled, labelledProcesses } from '../../system/process/labelled.ts';

/** The processes of one task. */
export interface Owner {
  readonly run: string;
  readonly task: string;
}

/** Milliseconds between looks for what tasks left that ended by themselves: one look costs some milliseconds. */
const INTERVAL = 1000;
/** Milliseconds between two looks of one ending; and how many there are: what hangs in the kernel is not waited for. */
const PAUSE = 10;
const MOST_LOOKS = 300;

export interface Stragglers {
  /** Kills all that is left of these; resolves when nothing is, or nothing can be done. */
  end(owners: readonly Owner[]): Promise<void>;
  /** The same within about a second, together with others; what has begun to run again by then is let be. */
  endSoon(owner: Owner): void;
  /** Kills all that is left of the runs of which that is so; resolves as `end`. */
  endThose(isLeft: (run: string, workspace: string) => boolean): Promise<void>;
  /** Resolves when nothing is left of what `endSoon` was told of this owner. */
  settle(owner: Owner): Promise<void>;
  /** Looks at once for what `endSoon` was told of. */
  close(): Promise<void>;
}

export function createStragglers(clock: Clock, isRunning: (owner: Owner) => boolean): Stragglers {
  const due = new Map<string, Owner>();
  let round: Promise<void> | undefined;
  const closed = new AbortController();

  /** Looks again as long as there was something to kill. */
  async function killAll(mayKill: (found: Labelled) => boolean): Promise<void> {
    for (let i = 0; i < MOST_LOOKS; i++) {
      const found = (await labelledProcesses('SC_RUN_ID')).filter(mayKill);
      if (found.length === 0) return;
      for (const one of found) killLabelled(one);
      await clock.sleep(PAUSE);
    }
  }

  const end = (owners: readonly Owner[]) =>
    owners.length === 0 ? Promise.resolve() : killAll((one) => owners.some((owner) => owns(owner, one)));

  async function endDue(): Promise<void> {
    while (due.size > 0) {
      await clock.sleep(INTERVAL, closed.signal).catch(() => {
        // told to close: looks at once
      });
      const owners = [...due];
      // in the same turn as the kills, so that nothing of a task that has begun again is among them
      await killAll((one) => owners.some(([, owner]) => owns(owner, one) && !isRunning(owner)));
      // one that has run again since then has come back
      for (const [key, owner] of owners) if (due.get(key) === owner) due.delete(key);
    }
    round = undefined;
  }

  return {
    end,
    endSoon(owner) {
      due.set(keyOf(owner), owner);
      round ??= endDue();
    },
    endThose: (isLeft) =>
      killAll(({ environment }) => isLeft(environment.get('SC_RUN_ID') ?? '', environment.get('SC_WORKSPACE') ?? '')),
    async settle(owner) {
      if (due.delete(keyOf(owner))) await end([owner]);
    },
    async close() {
      closed.abort();
      await round;
    },
  };
}

function keyOf({ run, task }: Owner): string {
  return `${run} ${task}`;
}

function owns(owner: Owner, { environment }: Labelled): boolean {
  return environment.get('SC_RUN_ID') === owner.run && environment.get('SC_TASK') === owner.task;
}
