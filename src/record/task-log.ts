// Writing the log of one try of a task: frames are gathered for a moment and written together, and of a long log the
// beginning and the end are kept.
//
// The beginning is one file. What follows goes into files of an eighth of the limit each, of which the last five are kept:
// so much is never in memory, never written twice, and the file that goes away is the middle of the log.
import type { Clock } from '../system/clock.ts';
import { diskErrorCode } from '../system/disk.ts';
import type { GrowingFile, LogFiles } from '../system/log-files.ts';
import type { ByteRedactor } from '../system/redaction.ts';
import { encodeMark, encodePiece, FRAME_OVERHEAD, LONGEST_FRAME, type Printed } from './log-frames.ts';
import { type LogFamily, logPath, triesOf } from './log-names.ts';
import type { LogStream, TaskLog } from './logs.ts';

export interface TaskLogOptions {
  readonly family: LogFamily;
  /** The number of this try, unless one before has left a log of it. */
  readonly attempt: number;
  /** Bytes of files, at least 1,024. */
  readonly limit: number;
  readonly redactor: () => ByteRedactor;
  readonly clock: Clock;
  readonly files: LogFiles;
  /** Told once, when the log is closed and whole. */
  readonly onClosed: (closed: ClosedLog) => void;
}

/** A try whose files may be compressed. */
export interface ClosedLog {
  readonly paths: readonly string[];
  readonly compressed: string;
  readonly size: number;
}

interface Pending {
  readonly stream: LogStream;
  readonly at: number;
  readonly chunks: Uint8Array[];
  length: number;
}

/** A file of the log. */
interface Part {
  readonly number: number;
  readonly begins: Printed;
  size: number;
}

/** Output is gathered for so many milliseconds, or until there is a batch of bytes. */
const GATHER = 25;
const BATCH = 64 * 1024;
/** With more than this waiting to be written, who writes is asked to wait. */
const MOST_PENDING = 1024 * 1024;
/** Parts after the beginning that are kept, and how many of them make the limit. */
const KEPT_PARTS = 5;
const PARTS_OF_LIMIT = 8;

export function createTaskLog(options: TaskLogOptions): TaskLog {
  const { family, clock, files } = options;
  const redactors = { stdout: options.redactor(), stderr: options.redactor() };
  const partLimit = Math.floor(Math.max(options.limit, 1_024) / PARTS_OF_LIMIT);
  const beginningLimit = Math.max(options.limit, 1_024) - KEPT_PARTS * partLimit;

  let pending: Pending[] = [];
  let pendingBytes = 0;
  let taken = 0;
  let pumping: Promise<void> | null = null;
  let wake: (() => void) | null = null;
  let closed: ReturnType<TaskLog['close']> | null = null;
  let failure: string | null = null;

  let number = options.attempt;
  /** The first file has been made. */
  let begun = false;
  let file: GrowingFile | null = null;
  const printed = { stdout: 0, stderr: 0 };
  const parts: Part[] = [{ number: 0, begins: { ...printed }, size: 0 }];
  /** What was printed when the beginning was full. */
  let beginningEnds: Printed | null = null;
  /** Frames for the part that is written now. */
  let out: Uint8Array[] = [];
  /** How much of it is on the disk for sure. */
  let written = 0;

  function take(stream: LogStream, bytes: Uint8Array): void {
    const last = pending.at(-1);
    taken += bytes.length;
    pendingBytes += bytes.length;
    if (last?.stream === stream && last.length + bytes.length <= LONGEST_FRAME) {
      last.chunks.push(bytes);
      last.length += bytes.length;
    } else {
      pending.push({ stream, at: clock.now(), chunks: [bytes], length: bytes.length });
    }
    if (pendingBytes >= BATCH) wake?.();
  }

  function pump(): Promise<void> {
    if (pumping === null && (pending.length === 0 || failure !== null)) return Promise.resolve();
    pumping ??= writePending();
    return pumping;
  }

  async function writePending(): Promise<void> {
    while (pending.length > 0 && failure === null) {
      if (closed === null && pendingBytes < BATCH) await gather();
      const batch = pending;
      pending = [];
      pendingBytes = 0;
      try {
        for (const piece of batch) await place(piece);
        if (closed === null) await flush();
      } catch (error) {
        await stop(error);
      }
    }
    // in the same breath as the look at what is pending: what comes later begins anew
    pumping = null;
  }

  /** An own promise instead of a signal: ending a wait by an error costs more than writing a short log. */
  function gather(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
      void clock.sleep(GATHER).then(resolve);
    });
  }

  /** Into frames, of which each part takes as much as it has room for. */
  async function place({ stream, at, chunks, length }: Pending): Promise<void> {
    const [only] = chunks;
    let bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
    while (bytes.length > 0) {
      const part = current();
      const limit = part.number === 0 ? beginningLimit : partLimit;
      const room = Math.min(limit - part.size - FRAME_OVERHEAD, LONGEST_FRAME);
      if (room <= 0) {
        await nextPart(at);
        continue;
      }
      const piece = bytes.subarray(0, room);
      add(encodePiece(stream, at, piece));
      printed[stream] += piece.length;
      bytes = bytes.subarray(piece.length);
    }
  }

  function add(frames: readonly Uint8Array[]): void {
    out.push(...frames);
    for (const { length } of frames) current().size += length;
  }

  function current(): Part {
    const part = parts.at(-1);
    if (part === undefined) throw new Error('a log has at least one part');
    return part;
  }

  async function nextPart(at: number): Promise<void> {
    await flush();
    await file?.close();
    file = null;
    written = 0;
    beginningEnds ??= { ...printed };
    parts.push({ number: current().number + 1, begins: { ...printed }, size: 0 });
    if (parts.length > KEPT_PARTS + 1) {
      const [oldest] = parts.splice(1, 1);
      if (oldest !== undefined) await files.remove(pathOf(oldest.number));
    }
    add([encodeMark('position', at, printed)]);
  }

  async function flush(): Promise<void> {
    if (out.length === 0) return;
    file ??= await makeFile();
    const frames = out;
    out = [];
    await file.append(frames);
    written = current().size;
  }

  async function makeFile(): Promise<GrowingFile> {
    begun = true;
    for (;;) {
      const made = await files.create(pathOf(current().number));
      if (made !== null) return made;
      await takeNextNumber();
    }
  }

  /** What was printed little and fast, or not at all, is one small file. */
  async function writeSmall(): Promise<void> {
    while (!files.writeSmall(pathOf(0), out)) await takeNextNumber();
  }

  async function takeNextNumber(): Promise<void> {
    number = (triesOf(family, await files.list(family.directory)).at(-1)?.number ?? number) + 1;
  }

  function pathOf(part: number | 'gz'): string {
    return logPath(family, number, part);
  }

  /** The log ends here; the run goes on. */
  async function stop(error: unknown): Promise<void> {
    failure = `the log could not be written: ${diskErrorCode(error) ?? String(error)}`;
    pending = [];
    pendingBytes = 0;
    out = [];
    try {
      // half a frame would hide what comes after it
      await file?.truncate(written);
    } catch {
      // the reader ends at the half frame as well
    }
  }

  async function finish(): Promise<Awaited<ReturnType<TaskLog['close']>>> {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = redactors[stream].end();
      if (rest.length > 0 && failure === null) take(stream, rest);
    }
    wake?.();
    await pumping;
    await pump();
    try {
      add([encodeMark('end', clock.now(), printed)]);
      if (!begun && failure === null && current().size <= BATCH) await writeSmall();
      else await flush();
      await file?.close();
    } catch (error) {
      failure ??= `the log could not be written: ${diskErrorCode(error) ?? String(error)}`;
      await file?.close().catch(() => {
        // it was told already that the log is not whole
      });
    }
    if (failure === null)
      options.onClosed({
        paths: parts.map((part) => pathOf(part.number)),
        compressed: pathOf('gz'),
        size: parts.reduce((sum, { size }) => sum + size, 0),
      });
    return { bytes: taken, cut: cutOut(), error: failure };
  }

  function cutOut(): number {
    const [, next] = parts;
    if (next === undefined || beginningEnds === null) return 0;
    return next.begins.stdout + next.begins.stderr - beginningEnds.stdout - beginningEnds.stderr;
  }

  return {
    write(stream, chunk) {
      if (closed !== null || failure !== null) return undefined;
      const bytes = redactors[stream].write(chunk);
      if (bytes.length === 0) return undefined;
      take(stream, bytes);
      const written = pump();
      return pendingBytes > MOST_PENDING ? written : undefined;
    },
    close() {
      closed ??= finish();
      return closed;
    },
  };
}
