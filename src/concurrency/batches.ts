// Work that goes better together: what is ready goes in one batch, one batch at a time, and the next takes what came
// meanwhile. A first piece waits a moment for company.

export interface BatchOptions<Piece> {
  /** Carries a batch out. Never rejects: each piece is told by whoever sends it. */
  readonly send: (batch: readonly Piece[]) => Promise<void>;
  /** Milliseconds: a batch goes when nothing came for `quiet`, at the latest after `longest`. */
  readonly company: { readonly quiet: number; readonly longest: number };
  readonly clock: {
    monotonic(): number;
    after(milliseconds: number, act: () => void): () => void;
  };
}

export interface Batches<Piece> {
  add(piece: Piece): void;
  /** What waits for company goes now. */
  flush(): void;
  /** Resolves when nothing waits and nothing is under way; what waits for company goes now. */
  idle(): Promise<void>;
}

export function createBatches<Piece>({ send, company, clock }: BatchOptions<Piece>): Batches<Piece> {
  let waiting: Piece[] = [];
  let sending = false;
  let stopTimer: (() => void) | null = null;
  let firstCameAt = 0;
  let whenIdle: (() => void)[] = [];

  function go(): void {
    stopTimer?.();
    stopTimer = null;
    if (sending) return;
    if (waiting.length === 0) {
      for (const tell of whenIdle) tell();
      whenIdle = [];
      return;
    }
    const batch = waiting;
    waiting = [];
    sending = true;
    void send(batch).finally(() => {
      sending = false;
      go();
    });
  }

  function waitForCompany(): void {
    const now = clock.monotonic();
    if (stopTimer === null) firstCameAt = now;
    stopTimer?.();
    stopTimer = clock.after(Math.max(0, Math.min(company.quiet, firstCameAt + company.longest - now)), go);
  }

  return {
    add(piece) {
      waiting.push(piece);
      if (!sending) waitForCompany();
    },
    flush: go,
    idle() {
      const idle = new Promise<void>((resolve) => whenIdle.push(resolve));
      go();
      return idle;
    },
  };
}
