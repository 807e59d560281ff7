// A heap: what comes first is at hand, and anything can be taken out again. Every step costs the logarithm of its size.

export interface Heap<T> {
  readonly size: number;
  /** What comes first; null where it is empty. */
  first(): T | null;
  /** Takes what comes first. */
  take(): T | null;
  /** Each item may be in it once. Its order must not change while it is in. */
  add(item: T): void;
  /** False where it is not in. */
  remove(item: T): boolean;
}

/** `order` is negative where the first argument comes first; items of equal order come in no order. */
export function createHeap<T>(order: (a: T, b: T) => number): Heap<T> {
  const items: T[] = [];
  const places = new Map<T, number>();

  const put = (item: T, place: number) => {
    items[place] = item;
    places.set(item, place);
  };
  const rise = (item: T, from: number) => {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above] as T;
      if (order(item, parent) >= 0) break;
      put(parent, place);
      place = above;
    }
    put(item, place);
    return place;
  };
  const sink = (item: T, from: number) => {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const below = right < items.length && order(items[right] as T, items[left] as T) < 0 ? right : left;
      const child = items[below] as T;
      if (order(item, child) <= 0) break;
      put(child, place);
      place = below;
    }
    put(item, place);
  };
  const remove = (item: T) => {
    const place = places.get(item);
    if (place === undefined) return false;
    places.delete(item);
    const last = items.pop() as T;
    if (place < items.length) sink(last, rise(last, place));
    return true;
  };

  return {
    get size() {
      return items.length;
    },
    first: () => items[0] ?? null,
    take() {
      const [first] = items;
      if (first === undefined) return null;
      remove(first);
      return first;
    },
    add: (item) => {
      if (!places.has(item)) rise(item, items.length);
    },
    remove,
  };
}
