// Decides who waits, who starts and who is replaced. It is told what happened and what time it is; it starts nothing.
import type { QueueSettings } from '../../core/run-definition.ts';
import { createFairOrder, type Group, type Lane } from './fair-order.ts';
import { createHeap, type Heap } from './heap.ts';

/** A run as the queue sees it. */
export interface QueuedRun {
  readonly id: string;
  readonly resource: string;
  readonly partition: string;
  readonly settings: QueueSettings;
  /** Milliseconds since the epoch; the start delay counts from it. */
  readonly createdAt: number;
  /** It was accepted before, by a process that was killed: it has its place whatever the limits say, and takes nobody's. */
  readonly readmitted?: boolean | undefined;
}

export type Submitted =
  | { readonly kind: 'accepted'; readonly superseded: readonly string[] }
  /** The queue is full, or we are stopping; `why` is for people. */
  | { readonly kind: 'refused'; readonly why: string };

/** Both readings of the clock, in milliseconds. */
export interface Reading {
  readonly now: number;
  readonly monotonic: number;
}

export interface Start {
  readonly run: QueuedRun;
  /** The concurrency group whose slot it has. */
  readonly group: string | null;
}

export interface RunQueue {
  /** Takes over what is the newest definition's: more may start then. */
  learn(run: QueuedRun): void;
  /** Decides what becomes of a run. It was learned from, and all that can start was taken, before. */
  submit(run: QueuedRun, at: Reading): Submitted;
  /** Takes the next run that can start: it runs from now on, until it has ended. */
  next(monotonic: number): Start | null;
  /** Takes a waiting run out; false where it does not wait. */
  cancel(id: string): boolean;
  ended(id: string): void;
  /** The monotonic reading when the next delay is over; null: none waits for that. */
  nextDue(): number | null;
  /** Ids of those that wait, as they came. */
  waiting(): readonly string[];
  size(): number;
}

interface Entry {
  readonly run: QueuedRun;
  readonly lane: ResourceLane;
  readonly order: number;
  /** Monotonic readings: its delay is over; replacing it may not delay the start beyond the deadline. */
  readonly dueAt: number;
  readonly deadline: number;
}

interface ResourceLane extends Lane {
  /** As the newest definition has it. */
  concurrency: number;
  running: number;
  /** All that wait, the newest first. */
  readonly waiting: Heap<Entry>;
  /** Those whose delay is over, the oldest first. */
  readonly due: Heap<Entry>;
  /** Those with `partitioned_replace`, the newest first. */
  readonly partitions: Map<string, Heap<Entry>>;
}

/** A resource that did not start among the last so many starts counts as one that started just before them. */
const STARTS_REMEMBERED = 64;

/**
 * - A run starts where its resource, one of its groups and the agent have a free slot. It waits for a place where not, or
 *   where it has a start delay: those always wait.
 * - Within a resource whoever came first starts first; who is still delayed is passed over. Among resources the one that
 *   started longest ago goes first, and of those that did not start for long whoever came first: a newcomer goes before
 *   backlogs, but no stream of new names starves one.
 * - A full list refuses (`append`), or the newest that waits is superseded (`replace`: of all; `partitioned_replace`: of
 *   the same partition). As many as it takes, where the limit was lowered. The new run stands at the end.
 * - A run that supersedes starts no later than the one before it had to (`startWithin`), though its own delay is not over.
 * - Delays count from the creation, but are never longer from now than their length: a clock set back does not matter.
 * - Concurrency is what the newest run of the resource says; all else is as the run itself says.
 */
export function createRunQueue(options: {
  readonly atATime: number;
  readonly groups: Readonly<Record<string, number>>;
}): RunQueue {
  const fair = createFairOrder(options.groups);
  const lanes = new Map<string, ResourceLane>();
  const waiting = new Map<string, Entry>();
  const running = new Map<string, { readonly lane: ResourceLane; readonly group: Group | null }>();
  const delayed = createHeap<Entry>((a, b) => a.dueAt - b.dueAt || a.order - b.order);
  let submissions = 0;
  let starts = 0;
  let sweepAt = 2 * STARTS_REMEMBERED;

  const isBusy = (lane: ResourceLane) => lane.waiting.size > 0 || lane.running > 0;
  const laneOf = (resource: string): ResourceLane => {
    const known = lanes.get(resource);
    if (known !== undefined) return known;
    sweep();
    const lists = { waiting: createHeap(newestFirst), due: createHeap(oldestFirst), partitions: new Map() };
    const fresh = { resource, turn: Number.NEGATIVE_INFINITY, arrival: 0, pool: null, concurrency: 1, running: 0 };
    const lane: ResourceLane = { ...fresh, ...lists };
    lanes.set(resource, lane);
    return lane;
  };
  const arrive = (lane: ResourceLane) => {
    if (isBusy(lane)) return;
    lane.turn = Math.max(lane.turn, starts - STARTS_REMEMBERED);
    lane.arrival = submissions;
  };
  /** Names are forgotten when it is long ago that they started. */
  const sweep = () => {
    if (lanes.size < sweepAt) return;
    for (const [name, lane] of lanes) {
      if (!isBusy(lane) && lane.turn <= starts - STARTS_REMEMBERED) lanes.delete(name);
    }
    sweepAt = 2 * Math.max(STARTS_REMEMBERED, lanes.size);
  };
  const place = (lane: ResourceLane) => {
    const head = lane.running < lane.concurrency ? lane.due.first() : null;
    fair.place(lane, head?.run.settings.groups ?? null);
  };

  const add = (entry: Entry, monotonic: number) => {
    const { run, lane } = entry;
    waiting.set(run.id, entry);
    lane.waiting.add(entry);
    if (entry.dueAt > monotonic) delayed.add(entry);
    else lane.due.add(entry);
    if (run.settings.strategy === 'partitioned_replace') partitionOf(lane, run.partition).add(entry);
    place(lane);
  };
  const remove = (entry: Entry) => {
    const { run, lane } = entry;
    waiting.delete(run.id);
    lane.waiting.remove(entry);
    if (!lane.due.remove(entry)) delayed.remove(entry);
    const partition = lane.partitions.get(run.partition);
    if (partition?.remove(entry) && partition.size === 0) lane.partitions.delete(run.partition);
    place(lane);
  };
  const startsAtOnce = (lane: ResourceLane, { settings }: QueuedRun) =>
    lane.due.size === 0 &&
    lane.running < lane.concurrency &&
    running.size < options.atATime &&
    fair.hasSlot(settings.groups);
  /** Where a run would wait, and for how many there is room. */
  const listFor = (lane: ResourceLane, { settings, partition }: QueuedRun) =>
    settings.strategy === 'partitioned_replace'
      ? { list: partitionOf(lane, partition), limit: settings.partitionLimit ?? Number.POSITIVE_INFINITY }
      : { list: lane.waiting, limit: settings.limit ?? Number.POSITIVE_INFINITY };

  return {
    learn({ resource, settings }) {
      const lane = laneOf(resource);
      lane.concurrency = settings.concurrency;
      place(lane);
    },
    submit(run, at) {
      if (waiting.has(run.id) || running.has(run.id))
        return { kind: 'refused', why: 'this run is in the queue already' };
      const { startDelay, startWithin, strategy } = run.settings;
      const passed = Math.max(0, at.now - run.createdAt);
      const after = (milliseconds: number) => at.monotonic + Math.max(0, milliseconds - passed);
      const dueAt = after(startDelay);
      let deadline = after(startWithin ?? Number.POSITIVE_INFINITY);
      const lane = laneOf(run.resource);
      const { list, limit } = listFor(lane, run);
      const superseded: string[] = [];
      if (Math.min(dueAt, deadline) > at.monotonic || !startsAtOnce(lane, run)) {
        const place = run.readmitted === true ? Number.POSITIVE_INFINITY : limit;
        if (place === 0) return { kind: 'refused', why: 'it cannot start now, and queue_limit 0 lets no run wait' };
        if (strategy === 'append' && list.size >= place)
          return { kind: 'refused', why: `the queue is full: queue_limit is ${limit}, and ${list.size} wait` };
        arrive(lane);
        for (let last = list.first(); last !== null && list.size >= place; last = list.first()) {
          remove(last);
          superseded.push(last.run.id);
          deadline = Math.min(deadline, last.deadline);
        }
      } else arrive(lane);
      submissions++;
      add({ run, lane, order: submissions, dueAt: Math.min(dueAt, deadline), deadline }, at.monotonic);
      return { kind: 'accepted', superseded };
    },
    next(monotonic) {
      for (let entry = delayed.first(); entry !== null && entry.dueAt <= monotonic; entry = delayed.first()) {
        delayed.take();
        entry.lane.due.add(entry);
        place(entry.lane);
      }
      const lane = running.size < options.atATime ? lanes.get(fair.first()?.resource ?? '') : undefined;
      const entry = lane?.due.first();
      if (lane === undefined || entry == null) return null;
      const group = fair.takeSlot(lane);
      fair.place(lane, null);
      lane.running++;
      starts++;
      lane.turn = starts;
      running.set(entry.run.id, { lane, group });
      remove(entry);
      return { run: entry.run, group: group?.name ?? null };
    },
    cancel(id) {
      const entry = waiting.get(id);
      if (entry === undefined) return false;
      remove(entry);
      return true;
    },
    ended(id) {
      const ended = running.get(id);
      if (ended === undefined) return;
      running.delete(id);
      ended.lane.running--;
      if (ended.group !== null) fair.freeSlot(ended.group);
      place(ended.lane);
    },
    nextDue: () => delayed.first()?.dueAt ?? null,
    waiting: () => [...waiting.keys()],
    size: () => waiting.size,
  };
}

function partitionOf({ partitions }: ResourceLane, name: string): Heap<Entry> {
  const known = partitions.get(name);
  if (known !== undefined) return known;
  const partition = createHeap(newestFirst);
  partitions.set(name, partition);
  return partition;
}

function newestFirst(a: Entry, b: Entry): number {
  return b.order - a.order;
}

function oldestFirst(a: Entry, b: Entry): number {
  return a.order - b.order;
}
