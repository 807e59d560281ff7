// What happens while somebody is busy is kept for them, in order, until they come for it.

export interface Inbox<T> {
  put(item: T): void;
  /** All that is there, as soon as there is anything; for one reader. */
  take(): Promise<readonly T[]>;
}

export function createInbox<T>(): Inbox<T> {
  let items: T[] = [];
  let wake: (() => void) | null = null;
  return {
    put(item) {
      items.push(item);
      wake?.();
      wake = null;
    },
    async take() {
      if (items.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const taken = items;
      items = [];
      return taken;
    },
  };
}
