// Named pipes through which children that this process did not start itself hand over their output. Each use gets a pipe
// that nobody else can still write to, so that a stray child of an earlier use cannot get into a later one.
import { closeSync, constants, openSync, readSync, rmSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSingleFlight } from '../../concurrency/single-flight.ts';
import { Failure } from '../../core/failure.ts';
import { makePrivateDirectory } from '../files.ts';
import type { Processes } from '../process.ts';
import { drained, type Take, whenSettled } from './collect.ts';
import { isRunning } from './group.ts';

/** Directories of pipes are called after the process that made them. */
const PREFIX = 'spread-cron-pipes-';
/** How many pipes are made by one process. */
const BATCH = 16;
/** How many pipes that stray children still hold are kept for later use; the oldest are given up. */
const HELD_LIMIT = 64;

/** Milliseconds after which a pipe is read as it fills, where nothing else is said. */
const PATIENCE = 500;
/** More reads than a pipe of the usual size can take: what comes after is a child that goes on writing. */
const MOST_READS = 32;

const shared = Buffer.alloc(64 * 1024);

interface NamedPipe {
  /** Where the other side opens it for writing. */
  readonly path: string;
  /** To be called once, when whoever was to write has ended; resolves when all that it wrote has been taken. */
  finish(): Promise<void>;
}

export interface NamedPipes {
  /** A pipe; `take` gets what is written to it, in pieces that stay as they are, at the latest after `patience` ms. */
  open(take: Take, patience?: number): Promise<NamedPipe>;
  /** A pipe that is for the caller alone, who opens both ends and removes it. */
  reserve(): Promise<string>;
  /** Removes all of them. */
  close(): void;
}

/** Makes pipes below a new directory in `parent` (default: the system's temporary directory), as they are needed. */
export function createNamedPipes(options: {
  readonly processes: Processes;
  readonly env: Readonly<Record<string, string>>;
  readonly parent?: string | undefined;
}): NamedPipes {
  const free: string[] = [];
  const held = new Set<Socket>();
  const once = createSingleFlight();
  let directory: string | undefined;
  let made = 0;
  let closed = false;

  const remove = () => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  };

  async function makeMore(): Promise<void> {
    if (directory === undefined) {
      const parent = options.parent ?? tmpdir();
      if (options.parent !== undefined) await makePrivateDirectory(options.parent);
      await removeLeftovers(parent);
      directory = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
      process.once('exit', remove);
    }
    const parent = directory;
    const paths = Array.from({ length: BATCH }, () => join(parent, String(made++)));
    const { code, stderr } = await options.processes.run(
      { file: 'mkfifo', args: ['-m', '600', '--', ...paths], env: options.env },
      new AbortController().signal,
    );
    if (code !== 0) throw new Failure('command-failed', 'could not make named pipes', { directory, stderr });
    free.push(...paths);
  }

  /** Waits for a stray child to let go of a pipe; one that writes to it finds it broken. */
  function hold(socket: Socket, path: string): void {
    socket.unref();
    held.add(socket);
    if (socket.destroyed) {
      rmSync(path, { force: true });
      return;
    }
    socket.once('close', () => {
      held.delete(socket);
      if (socket.readableEnded) free.push(path);
      else rmSync(path, { force: true });
    });
    const [oldest] = held;
    if (held.size > HELD_LIMIT) oldest?.destroy();
  }

  async function reserve(): Promise<string> {
    while (free.length === 0 && !closed) await once('more', makeMore);
    if (closed) throw new Failure('cancelled', 'cancelled');
    return free.pop() ?? '';
  }

  return {
    reserve,
    async open(take, patience = PATIENCE) {
      const path = await reserve();
      const { reader, writer } = openBothEnds(path);
      const reading = startReading(reader, take, patience);
      return {
        path,
        async finish() {
          closeSync(writer);
          const stray = await reading.finish();
          if (stray === null) free.push(path);
          else if (closed) stray.destroy();
          else hold(stray, path);
        },
      };
    },
    close() {
      closed = true;
      for (const socket of held) socket.destroy();
      process.off('exit', remove);
      remove();
    },
  };
}

/** Removes the pipes of processes that were killed before they could. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : Number.NaN;
    if (pid > 0 && !isRunning(pid)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** The end to read from, and one to write to, so that the pipe does not end before the other side has opened it. */
function openBothEnds(path: string): { readonly reader: number; readonly writer: number } {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
  } catch (error) {
    closeSync(reader);
    throw error;
  }
}

/**
 * Reads what is written to a pipe. Nothing is read before the end, which costs the least and suits what takes moments and
 * prints a line; what lasts is read as it comes, so that a full pipe stops nobody for long.
 */
function startReading(fd: number, take: Take, patience: number) {
  let seen = 0;
  let over = false;
  let socket: Socket | undefined;
  let busy: Promise<void> | undefined;
  /** False: what comes next is not wanted yet. */
  const onData = (chunk: Buffer): boolean => {
    // a stray child writes: its pipe breaks
    if (over) {
      socket?.destroy();
      return false;
    }
    seen += chunk.length;
    const taken = take(Buffer.from(chunk));
    if (!(taken instanceof Promise)) return true;
    busy = whenSettled(taken).then(() => {
      busy = undefined;
      socket?.resume();
    });
    return false;
  };
  const watch = () => {
    socket ??= readAsItComes(fd, onData);
    return socket;
  };
  const timer = setTimeout(watch, patience);
  return {
    /** Resolves to null at the end of the pipe, or to what waits for that end where somebody still holds the pipe. */
    async finish(): Promise<Socket | null> {
      clearTimeout(timer);
      while (socket === undefined) {
        const found = readToEnd(fd, onData);
        if (found === 'end') {
          await busy;
          closeSync(fd);
          return null;
        }
        if (found === 'more') break;
        await busy;
      }
      const waiting = watch();
      const end = await drained({ seen: () => seen, ended: () => waiting.readableEnded, busy: () => busy });
      over = true;
      if (end === 'noisy') waiting.destroy();
      return end === 'ended' ? null : waiting;
    },
  };
}

/** Reads what is in a pipe: to its `end`; or there may come `more`; or what comes next is to be read `later`. */
function readToEnd(fd: number, onData: (chunk: Buffer) => boolean): 'end' | 'more' | 'later' {
  try {
    for (let i = 0; i < MOST_READS; i++) {
      const size = readSync(fd, shared);
      if (size === 0) return 'end';
      if (!onData(shared.subarray(0, size))) return 'later';
    }
    return 'more';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 'more';
    throw error;
  }
}

/**
 * Reads into one buffer that all share: one for each would be 64 KB, for a line of text. What is given is valid during the
 * call alone; false stops the reading until the socket is resumed.
 */
export function readAsItComes(fd: number, onData: (chunk: Buffer) => boolean): Socket {
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    fd,
    readable: true,
    writable: false,
    onread: {
      buffer: shared,
      callback(size) {
        return onData(shared.subarray(0, size));
      },
    },
  };
  return new Socket(options);
}
