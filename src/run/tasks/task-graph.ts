// Decides how a graph of tasks goes on: what is ready, what is skipped, what is ended, and which failure decides the run.
// It is told what happened and answers what follows; it starts nothing and knows no clock.
import type { TaskDefinition } from '../../core/run-definition.ts';
import { sortTasks } from '../plan/task-order.ts';
import { createHeap } from '../queue/heap.ts';

/** How a task ended that had been started; `cancelled`: because it was asked to. */
export type TaskOutcome = 'success' | 'failed' | 'timed-out' | 'cancelled';

/** What follows from what happened; tasks by their index. */
export interface Decisions {
  /** Settled without being started: skipped, or nothing to do (`success`, no script). */
  readonly settled: readonly { readonly task: number; readonly status: 'success' | 'skipped' }[];
  /** Running ones that are to be ended. */
  readonly end: readonly number[];
}

export interface GraphProgress {
  begin(): Decisions;
  /** Takes the next task that is ready, in the order of the graph: it runs from now on. Null: none is ready, or as many
   * run as may. */
  next(): number | null;
  /** A running task ended, after its retries. */
  settle(task: number, outcome: TaskOutcome): Decisions;
  /** The whole run is to end: nothing starts any more, not even `when: always`. */
  cancel(): Decisions;
  /** True when every task has ended or was skipped. */
  over(): boolean;
  /** The task whose failure came first, of those that may not fail. */
  firstFailed(): number | null;
}

interface Node {
  readonly index: number;
  readonly task: TaskDefinition;
  readonly dependents: Node[];
  /** Dependencies that have not settled. */
  open: number;
  status: 'waiting' | 'running' | 'skipped' | TaskOutcome;
  /** A dependency did not succeed and was not allowed to fail. */
  unfit: boolean;
  /** Something that it depends on failed, at any distance. */
  troubled: boolean;
  /** A `when: failure` task without dependencies, or a task that depends on one: it is after all the others. */
  late: boolean;
}

/**
 * When a task is ready, skipped or ended:
 * - Every `when` waits until all dependencies have settled.
 * - `success` needs every dependency to have succeeded, or to have failed with `allow_failure`. One that was skipped or
 *   cancelled did not succeed, so skipping goes on to whatever depends on it, as on GitHub and GitLab; what is to go on
 *   after an optional task says `when: always`.
 * - `failure` runs where something before it failed, also at a distance: build fails, test is skipped, `notify` that
 *   depends on test runs. Without dependencies it comes after all other tasks and asks whether any of them failed. A
 *   failure with `allow_failure` is none.
 * - `always` runs whatever its dependencies came to.
 * - The first failure (a time-out is one) ends all running `success` tasks and skips the waiting ones, unless
 *   `continueAfterFailure`; `failure` and `always` tasks go on.
 * Each event costs what it changes; all of them together cost the size of the graph. Failure `definition` where
 * dependencies are missing or go round in circles.
 */
export function createGraphProgress(
  tasks: readonly TaskDefinition[],
  options: { readonly parallel: number | null; readonly continueAfterFailure: boolean },
): GraphProgress {
  const nodes = link(tasks);
  const parallel = Math.max(1, options.parallel ?? Number.POSITIVE_INFINITY);
  const ready = createHeap<Node>((a, b) => a.index - b.index);
  const lastOnes = nodes.filter(isAfterAll);
  let early = nodes.filter(({ late }) => !late).length;
  let unsettled = nodes.length;
  let running = 0;
  let firstFailed: Node | null = null;
  let cancelled = false;

  const skip = (node: Node, settled: Settled[]) => {
    node.status = 'skipped';
    unsettled--;
    settled.push({ task: node.index, status: 'skipped' });
  };
  /** All before it has settled: a task that still waits is decided now. */
  const arrive = (node: Node, settled: Settled[]) => {
    if (!applies(node)) return skip(node, settled);
    if (node.task.script.length > 0) return ready.add(node);
    node.status = 'success';
    unsettled--;
    settled.push({ task: node.index, status: 'success' });
  };
  /** Tells dependents of tasks that have settled, and theirs, as far as it goes. */
  const spread = (from: Node[], settled: Settled[]) => {
    for (const node of from) {
      if (node.status === 'waiting') arrive(node, settled);
      if (node.status === 'waiting') continue;
      for (const dependent of node.dependents) {
        dependent.open--;
        dependent.unfit ||= !fits(node);
        dependent.troubled ||= node.troubled || failed(node);
        // it is known now, though others before it still run: what comes after it has to wait for them all the same
        if (dependent.status === 'waiting' && dependent.task.when === 'success' && dependent.unfit)
          skip(dependent, settled);
        if (dependent.open === 0) from.push(dependent);
      }
      if (node.late) continue;
      early--;
      if (early === 0) for (const last of lastOnes) from.push(last);
    }
  };
  /** The first failure: what runs is ended and what waits is skipped, less what is there for failures. */
  const failFast = (from: Node[], settled: Settled[]): number[] => {
    const ordinary = nodes.filter(({ task }) => task.when === 'success');
    for (const node of ordinary) {
      if (node.status !== 'waiting') continue;
      ready.remove(node);
      skip(node, settled);
      if (node.open === 0) from.push(node);
    }
    return indexesOf(ordinary, 'running');
  };

  return {
    begin() {
      const settled: Settled[] = [];
      const from = nodes.filter((node) => node.open === 0 && !isAfterAll(node));
      if (early === 0) from.push(...lastOnes);
      spread(from, settled);
      return { settled, end: [] };
    },
    next() {
      if (cancelled || running >= parallel) return null;
      const node = ready.take();
      if (node === null) return null;
      node.status = 'running';
      running++;
      return node.index;
    },
    settle(task, outcome) {
      const node = nodes[task];
      if (node?.status !== 'running') return NOTHING;
      node.status = outcome;
      running--;
      unsettled--;
      const first = failed(node) && firstFailed === null;
      if (first) firstFailed = node;
      if (cancelled) return NOTHING;
      const settled: Settled[] = [];
      const from = [node];
      const end = first && !options.continueAfterFailure ? failFast(from, settled) : [];
      spread(from, settled);
      return { settled, end };
    },
    cancel() {
      if (cancelled) return NOTHING;
      cancelled = true;
      const settled: Settled[] = [];
      for (const node of nodes) if (node.status === 'waiting') skip(node, settled);
      return { settled, end: indexesOf(nodes, 'running') };
    },
    over: () => unsettled === 0,
    firstFailed: () => firstFailed?.index ?? null,
  };

  function applies({ task, unfit, troubled }: Node): boolean {
    switch (task.when) {
      case 'success':
        return !unfit;
      case 'failure':
        return task.dependsOn.length === 0 ? firstFailed !== null : troubled;
      case 'always':
        return true;
      default:
        return task.when satisfies never;
    }
  }
}

type Settled = Decisions['settled'][number];

const NOTHING: Decisions = { settled: [], end: [] };

/** The tasks with who depends on whom. */
function link(tasks: readonly TaskDefinition[]): readonly Node[] {
  const byName = new Map<string, Node>();
  const nodes = tasks.map((task, index): Node => {
    const open = new Set(task.dependsOn).size;
    const state = { open, status: 'waiting', unfit: false, troubled: false, late: false } as const;
    const node = { index, task, dependents: [], ...state };
    byName.set(task.name, node);
    return node;
  });
  // it refuses circles and what is missing, and dependencies come first in it
  for (const { name } of sortTasks(tasks)) {
    const node = byName.get(name);
    if (node === undefined) continue;
    node.late = isAfterAll(node);
    for (const needed of new Set(node.task.dependsOn)) {
      const dependency = byName.get(needed);
      dependency?.dependents.push(node);
      node.late ||= dependency?.late === true;
    }
  }
  return nodes;
}

function isAfterAll({ task }: Node): boolean {
  return task.when === 'failure' && task.dependsOn.length === 0;
}

function fits({ status, task }: Node): boolean {
  return status === 'success' || ((status === 'failed' || status === 'timed-out') && task.allowFailure);
}

function failed({ status, task }: Node): boolean {
  return (status === 'failed' || status === 'timed-out') && !task.allowFailure;
}

function indexesOf(nodes: readonly Node[], status: Node['status']): number[] {
  return nodes.filter((node) => node.status === status).map(({ index }) => index);
}
