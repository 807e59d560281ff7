// The logs of several tasks as one, by the times at which they were printed. Nothing is held but the next piece of each,
// and a log is opened only when its time has come.
import type { LogPiece } from '../../record/logs.ts';
import type { Clock } from '../../system/clock.ts';

export interface LogSource {
  readonly task: string;
  /** Nothing in it is older; milliseconds since the epoch. */
  readonly from: number;
  /** `grows`: its next piece may be long in coming, and nobody waits for it. */
  readonly kind: 'complete' | 'grows';
  /** Opens the log. */
  pieces(): AsyncIterable<LogPiece>;
}

export interface MergedPiece {
  readonly task: string;
  readonly piece: LogPiece;
}

/** Milliseconds that others are held back for a log that grows: what it holds already comes in order, the rest as it is
 * printed. */
const PATIENCE = 100;

interface Reader {
  readonly source: LogSource;
  readonly iterator: AsyncIterator<LogPiece>;
  /** Its next piece; null while it is awaited. */
  head: LogPiece | null;
  awaited: Promise<void>;
  state: 'awaited' | 'nobody waits' | 'ended';
}

export async function* mergeLogs(
  sources: readonly LogSource[],
  clock: Clock,
  signal: AbortSignal,
): AsyncIterable<MergedPiece> {
  const closed = [...sources].sort((a, b) => a.from - b.from);
  const readers = new Set<Reader>();
  try {
    for (;;) {
      await headsOf([...readers], clock, signal);
      const reader = oldest([...readers]);
      const [source] = closed;
      if (source !== undefined && (reader?.head == null || source.from <= reader.head.at)) {
        closed.shift();
        readers.add(open(source));
        continue;
      }
      if (reader?.head != null) {
        yield { task: reader.source.task, piece: reader.head };
        advance(reader);
        continue;
      }
      const growing = [...readers].filter(({ state }) => state !== 'ended');
      if (growing.length === 0) return;
      await Promise.race(growing.map(({ awaited }) => awaited));
    }
  } finally {
    // nobody reads on: those that still wait for more end with the signal
    for (const { head, state, iterator } of readers) if (head !== null && state !== 'ended') await iterator.return?.();
  }
}

function open(source: LogSource): Reader {
  const iterator = source.pieces()[Symbol.asyncIterator]();
  const reader: Reader = { source, iterator, head: null, awaited: Promise.resolve(), state: 'awaited' };
  advance(reader);
  return reader;
}

function advance(reader: Reader): void {
  reader.head = null;
  reader.awaited = reader.iterator.next().then((next) => {
    if (next.done === true) reader.state = 'ended';
    else reader.head = next.value;
  });
  // the failure is met where the piece is awaited
  reader.awaited.catch(() => undefined);
}

/** Until each that is waited for has a piece or has ended; for those that grow only so long. */
async function headsOf(readers: readonly Reader[], clock: Clock, signal: AbortSignal): Promise<void> {
  const missing = readers.filter(({ head, state }) => head === null && state === 'awaited');
  const growing = missing.filter(({ source }) => source.kind === 'grows');
  await Promise.all(missing.filter((reader) => !growing.includes(reader)).map(({ awaited }) => awaited));
  if (growing.length === 0) return;
  const enough = new AbortController();
  const late = clock.sleep(PATIENCE, AbortSignal.any([signal, enough.signal])).catch((error: unknown) => {
    if (!enough.signal.aborted && !signal.aborted) throw error;
  });
  try {
    await Promise.race([Promise.all(growing.map(({ awaited }) => awaited)), late]);
  } finally {
    enough.abort();
  }
  for (const reader of growing) if (reader.head === null && reader.state === 'awaited') reader.state = 'nobody waits';
}

function oldest(readers: readonly Reader[]): Reader | null {
  return readers.reduce<Reader | null>(
    (first, reader) =>
      reader.head !== null && (first?.head == null || reader.head.at < first.head.at) ? reader : first,
    null,
  );
}
