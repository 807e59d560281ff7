// Which resource starts next: the one that started longest ago, of those for whose next run a slot is free.
import { createHeap, type Heap } from './heap.ts';

/** A resource that may have a run to start. */
export interface Lane {
  readonly resource: string;
  /** Its turn: smaller goes first, then whoever came first. Changes only while nothing of it is ready. */
  turn: number;
  arrival: number;
  /** Where its next run stands; null while it has none that is ready. */
  pool: Pool | null;
}

/** Lanes whose next run asks for the same concurrency groups. */
interface Pool {
  readonly groups: readonly Group[];
  readonly lanes: Heap<Lane>;
  /** First of its lanes, as `open` has it in order. */
  best: Lane | null;
}

export interface Group {
  readonly name: string;
  readonly slots: number;
  used: number;
  readonly pools: Set<Pool>;
}

export interface FairOrder {
  /** Puts a lane where its next run belongs: `groups` are those of that run, or null while none is ready. */
  place(lane: Lane, groups: readonly string[] | null): void;
  /** True where a run with these groups would find a slot. */
  hasSlot(groups: readonly string[]): boolean;
  /** The lane whose turn it is; null where none is ready or all slots that they ask for are taken. */
  first(): Lane | null;
  /** Takes a slot in the first of the lane's groups that has one; null where its run has no groups. */
  takeSlot(lane: Lane): Group | null;
  freeSlot(group: Group): void;
}

/** `slots` of a group that is not listed: 1. Every step costs logarithms, also where thousands wait for one group. */
export function createFairOrder(slots: Readonly<Record<string, number>>): FairOrder {
  const groups = new Map<string, Group>();
  const pools = new Map<string, Pool>();
  /** Pools that have both a lane and a slot. */
  const open = createHeap<Pool>((a, b) => (a.best === null || b.best === null ? 0 : byTurn(a.best, b.best)));

  const groupOf = (name: string): Group => {
    const known = groups.get(name);
    if (known !== undefined) return known;
    const group = { name, slots: Object.hasOwn(slots, name) ? (slots[name] ?? 1) : 1, used: 0, pools: new Set<Pool>() };
    groups.set(name, group);
    return group;
  };
  const poolOf = (names: readonly string[]): Pool => {
    const key = JSON.stringify(names);
    const known = pools.get(key);
    if (known !== undefined) return known;
    const pool: Pool = { groups: names.map(groupOf), lanes: createHeap(byTurn), best: null };
    for (const group of pool.groups) group.pools.add(pool);
    pools.set(key, pool);
    return pool;
  };
  const refresh = (pool: Pool) => {
    open.remove(pool);
    pool.best = pool.lanes.first();
    if (pool.best !== null && isOpen(pool)) open.add(pool);
  };

  return {
    place(lane, names) {
      const pool = names === null ? null : poolOf(names);
      const before = lane.pool;
      if (pool === before) return;
      lane.pool = pool;
      if (before !== null) {
        before.lanes.remove(lane);
        refresh(before);
      }
      if (pool !== null) {
        pool.lanes.add(lane);
        refresh(pool);
      }
    },
    hasSlot: (names) => isOpen({ groups: names.map(groupOf) }),
    first: () => open.first()?.best ?? null,
    takeSlot(lane) {
      const group = lane.pool?.groups.find(isFree);
      if (group === undefined) return null;
      group.used++;
      if (!isFree(group)) for (const pool of group.pools) refresh(pool);
      return group;
    },
    freeSlot(group) {
      const wasFull = !isFree(group);
      group.used--;
      if (wasFull) for (const pool of group.pools) refresh(pool);
    },
  };
}

function byTurn(a: Lane, b: Lane): number {
  return a.turn - b.turn || a.arrival - b.arrival;
}

function isFree({ used, slots }: Group): boolean {
  return used < slots;
}

function isOpen({ groups }: { readonly groups: readonly Group[] }): boolean {
  return groups.length === 0 || groups.some(isFree);
}
