// A stage for graphs of tasks: the test says how every try ends, and sees what was started and told.
import type { TaskDefinition } from '../../src/core/run-definition.ts';
import type { TaskEnd } from '../../src/run/executor.ts';
import type { RunTasksTools, TaskGraph, TaskState } from '../../src/run/tasks/run-tasks.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

/** How tries end, one after the other and the last for all that follow: an exit code, an end, or `held` until the test
 * or the signal ends it. */
type Ends = readonly (number | TaskEnd | 'held')[];

export interface Stage {
  readonly tools: RunTasksTools;
  readonly clock: ManualClock;
  /** Names in the order of the starts; a retry is another start. */
  readonly started: readonly string[];
  /** What each start was given. */
  readonly contexts: readonly Parameters<RunTasksTools['start']>[1][];
  /** What was told, as statuses by name. */
  readonly told: readonly Readonly<Record<string, string>>[];
  readonly mostAtOnce: () => number;
  /** Resolves when a try of this task is held. */
  held(name: string): Promise<void>;
  end(name: string, end: number | TaskEnd): void;
}

/** Tries that are not listed succeed. `onSignal` is how held tries end that are asked to. */
export function createStage(
  ends: Readonly<Record<string, Ends>> = {},
  onSignal: Readonly<Record<string, TaskEnd>> = {},
) {
  const clock = createManualClock();
  const started: string[] = [];
  const contexts: Parameters<RunTasksTools['start']>[1][] = [];
  const told: Record<string, string>[] = [];
  const held = new Map<string, (end: TaskEnd) => void>();
  const awaited = new Map<string, () => void>();
  let running = 0;
  let most = 0;

  const hold = (name: string, signal: AbortSignal) =>
    new Promise<TaskEnd>((resolve) => {
      const end = (given: TaskEnd) => {
        held.delete(name);
        resolve(given);
      };
      held.set(name, end);
      awaited.get(name)?.();
      const asked = () => end(onSignal[name] ?? { kind: 'cancelled', code: 130 });
      if (signal.aborted) asked();
      else signal.addEventListener('abort', asked, { once: true });
    });
  const start: RunTasksTools['start'] = async ({ name }, context, signal) => {
    started.push(name);
    contexts.push(context);
    running++;
    most = Math.max(most, running);
    clock.advance(1_000);
    const given = ends[name]?.[context.attempt - 1] ?? ends[name]?.at(-1) ?? 0;
    const end = given === 'held' ? await hold(name, signal) : given;
    await Promise.resolve();
    running--;
    return typeof end === 'number' ? { kind: 'exited', code: end } : end;
  };
  const onChange = (states: readonly TaskState[]) => {
    told.push(statuses(states));
  };
  const stage: Stage = {
    tools: { clock, start, onChange },
    clock,
    started,
    contexts,
    told,
    mostAtOnce: () => most,
    held: async (name) => {
      if (!held.has(name)) await new Promise<void>((resolve) => awaited.set(name, resolve));
    },
    end(name, end) {
      const resolve = held.get(name);
      if (resolve === undefined) throw new Error(`no try of ${name} is held`);
      resolve(typeof end === 'number' ? { kind: 'exited', code: end } : end);
    },
  };
  return stage;
}

/** A task with a script, which depends on others. */
export function task(
  name: string,
  dependsOn: readonly string[] = [],
  more: Partial<TaskDefinition> = {},
): TaskDefinition {
  const script = [`./${name}`];
  const rest = { allowFailure: false, env: {}, timeout: null, retries: 0, when: 'success' } as const;
  return { name, script, dependsOn, ...rest, ...more };
}

export function graphOf(tasks: readonly TaskDefinition[], more: Partial<TaskGraph> = {}): TaskGraph {
  return { tasks, onError: null, parallel: null, continueAfterFailure: false, ...more };
}

export function statuses(states: readonly TaskState[]): Record<string, string> {
  return Object.fromEntries(states.map(({ name, status }) => [name, status]));
}
