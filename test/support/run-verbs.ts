// The verbs of runs over plain data: runs that proceed as the test says, logs that are pieces in memory.
import { Failure } from '../../src/core/failure.ts';
import type { RunRecord } from '../../src/core/run.ts';
import type { OnRun, RunVerbs } from '../../src/pipeline/runs/run-verbs.ts';
import type { LogPiece } from '../../src/record/logs.ts';

/** A piece of a log; `at` in milliseconds since the epoch. */
export function pieceOf(text: string | Uint8Array, at = 0, stream: LogPiece['stream'] = 'stdout'): LogPiece {
  return { stream, at, bytes: typeof text === 'string' ? new Uint8Array(Buffer.from(text)) : text };
}

/** A log that grows: what is put in comes out of every reading, until it is closed. */
export interface GrowingLog {
  put(piece: LogPiece): void;
  close(): void;
  read(follow: boolean, signal: AbortSignal): AsyncIterable<LogPiece>;
}

export function growingLog(): GrowingLog {
  const pieces: LogPiece[] = [];
  let closed = false;
  let wake: (() => void)[] = [];
  const more = () => {
    for (const call of wake) call();
    wake = [];
  };
  return {
    put(piece) {
      pieces.push(piece);
      more();
    },
    close() {
      closed = true;
      more();
    },
    async *read(follow, signal) {
      for (let position = 0; ; position++) {
        while (position >= pieces.length) {
          if (closed || !follow) return;
          await new Promise<void>((resolve, reject) => {
            wake.push(resolve);
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          });
        }
        const piece = pieces[position];
        if (piece !== undefined) yield piece;
      }
    },
  };
}

/** Logs by task; one that is not there is empty. */
export function logsOf(logs: Readonly<Record<string, readonly LogPiece[] | GrowingLog>>): RunVerbs['log'] {
  return async function* log(_run, task, { stream, follow = false }, signal) {
    const found = logs[task] ?? [];
    const pieces = 'read' in found ? found.read(follow, signal) : found;
    for await (const piece of pieces) if (stream === undefined || piece.stream === stream) yield piece;
  };
}

/** Told of these runs one after the other, resolves to the last. */
export function proceeds(...runs: readonly RunRecord[]): (onRun: OnRun) => Promise<RunRecord> {
  return async (onRun) => {
    for (const run of runs) {
      onRun(run);
      await Promise.resolve();
    }
    const last = runs.at(-1);
    if (last === undefined) throw new Failure('internal', 'a run that does nothing');
    return last;
  };
}
