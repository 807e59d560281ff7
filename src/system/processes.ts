// The door to other programs: runs one to its end within limits of time and output, or starts one that is talked to.
import type { Readable } from 'node:stream';
import { Failure } from '../core/failure.ts';
import type { Command, Finished, LongLived, Processes } from './process.ts';
import { type GroupLeader, signalGroup, startGroup, startGroupNow } from './process-group.ts';

/** How much of stderr is kept, in bytes. */
const STDERR_LIMIT = 64 * 1024;
/** Milliseconds between the request to end and the kill. */
const GRACE = 2000;
/** Longest time that a timer can wait, in milliseconds; more would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The door to other programs on this machine. */
export function createProcesses(): Processes {
  return { run, start };
}

/** Reads a stream that something may hold open for ever. */
interface Collector {
  readonly bytes: () => Uint8Array;
  /** Resolves when all that was written until now has been read. */
  readonly settle: () => Promise<void>;
}

async function run(command: Command, signal: AbortSignal): Promise<Finished> {
  if (signal.aborted) throw cancelled(command);
  const child = await startGroup({ ...command, stdin: command.stdin === undefined ? 'ignore' : 'pipe' });
  const stop = createStop(child.pid);
  const limit = command.maxOutput ?? Number.POSITIVE_INFINITY;
  const stdout = collectAll(child.stdout, limit, () => stop.because(tooLarge(command, limit)));
  const stderr = collectTail(child.stderr, STDERR_LIMIT);
  const cancel = () => stop.because(cancelled(command));
  signal.addEventListener('abort', cancel, { once: true });
  const timer =
    command.timeout === undefined
      ? undefined
      : setTimeout(() => stop.because(timedOut(command, command.timeout)), Math.min(command.timeout, LONGEST_TIMER));
  if (signal.aborted) cancel();
  child.stdin?.end(command.stdin);
  try {
    const code = await Promise.race([child.exited, stop.abandoned]);
    if (stop.failure !== undefined) throw stop.failure;
    await Promise.all([stdout.settle(), stderr.settle()]);
    // the last of the output may have been what was too much
    if (stop.failure !== undefined) throw stop.failure;
    return { code, stdout: stdout.bytes(), stderr: new TextDecoder().decode(stderr.bytes()) };
  } finally {
    clearTimeout(timer);
    stop.forget();
    signal.removeEventListener('abort', cancel);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  }
}

function start(command: Omit<Command, 'stdin' | 'timeout' | 'maxOutput'>, onStderr: (line: string) => void): LongLived {
  const child: GroupLeader = startGroupNow({ ...command, stdin: 'pipe' });
  if (child.stdin === null) throw new Failure('internal', 'the pipes of a child are missing');
  eachLine(child.stderr, onStderr);
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    exited: child.exited,
    kill: () => signalGroup(child.pid, 'SIGKILL'),
  };
}

/** Ends a group for a reason: asked first, killed after the grace, given up where even that does not end it. */
function createStop(pid: number) {
  let failure: Failure | undefined;
  let timer: NodeJS.Timeout | undefined;
  let abandon: (code: number) => void = () => {};
  const abandoned = new Promise<number>((resolve) => {
    abandon = resolve;
  });
  return {
    get failure() {
      return failure;
    },
    /** Resolves where the leader cannot be killed (it hangs in the kernel), so that nobody waits for it. */
    abandoned,
    because(reason: Failure) {
      if (failure !== undefined) return;
      failure = reason;
      signalGroup(pid, 'SIGTERM');
      timer = setTimeout(() => {
        signalGroup(pid, 'SIGKILL');
        timer = setTimeout(() => abandon(128), GRACE);
      }, GRACE);
    },
    forget: () => clearTimeout(timer),
  };
}

/** Keeps all of a stream; where it grows past the limit, keeps none of it and tells so once. */
function collectAll(stream: Readable, limit: number, onOverflow: () => void): Collector {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else {
      chunks.length = 0;
      stream.destroy();
      onOverflow();
    }
  });
  return { bytes: () => Buffer.concat(chunks), settle: () => drained(stream) };
}

/** Keeps the last bytes of a stream. */
function collectTail(stream: Readable, limit: number): Collector {
  let tail: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]);
    if (tail.length > limit) tail = Buffer.from(tail.subarray(tail.length - limit));
  });
  return { bytes: () => tail, settle: () => drained(stream) };
}

/**
 * Resolves when a stream has ended or when a whole turn of the event loop brought nothing more: whoever wrote has ended,
 * so what it wrote is in the pipe, and a turn that finds the pipe empty has read it all. Does not wait for the end of a
 * pipe that a child which left the group still holds.
 */
function drained(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    let heard = true;
    const listen = () => {
      heard = true;
    };
    const turn = () => {
      if (heard && !stream.readableEnded && !stream.destroyed) {
        heard = false;
        setImmediate(turn);
      } else {
        stream.off('data', listen);
        resolve();
      }
    };
    stream.on('data', listen);
    setImmediate(turn);
  });
}

/** Calls back for each line of a stream, without its line end; a line of any length is cut at the limit of stderr. */
function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-STDERR_LIMIT);
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

function cancelled(command: Command): Failure {
  return new Failure('cancelled', 'cancelled', { program: command.file });
}

function timedOut(command: Command, timeout: number | undefined): Failure {
  return new Failure('timed-out', 'the program ran out of time and was killed', {
    program: command.file,
    milliseconds: timeout,
  });
}

function tooLarge(command: Command, limit: number): Failure {
  return new Failure('too-large', 'the program printed too much and was killed', { program: command.file, limit });
}
