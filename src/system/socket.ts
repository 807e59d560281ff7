// Unix sockets that carry JSON, one object per line: how a command reaches the agent that is already running.
import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { Failure } from '../core/failure.ts';
import { isMissing, isPrivateDirectory, makePrivateDirectory } from './files.ts';

/** Node cuts longer socket paths silently; the system's own limit is 108. */
const LONGEST_PATH = 100;

/** One end of a conversation. */
export interface Line {
  send(object: unknown): void;
  /** Objects from the other end until it closes. A line that is no JSON is a Failure `internal`. */
  readonly received: AsyncIterable<unknown>;
  close(): void;
}

/** Listens; a stale socket file of a dead process is removed after a failed connect. Throws a Failure `locked` where
 * somebody answers there already. */
export async function listenOnSocket(
  path: string,
  onConnection: (line: Line) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  assertShort(path);
  await makePrivateDirectory(dirname(path));
  const existing = await connectToSocket(path);
  if (existing !== null) {
    existing.close();
    throw new Failure('locked', 'another agent answers on this socket', { path });
  }
  await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    onConnection(lineOver(socket)).catch((error: unknown) =>
      socket.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Connects; null where nobody listens. A Failure `configuration` where others could have put the socket there. */
export async function connectToSocket(path: string): Promise<Line | null> {
  assertShort(path);
  if (!(await isPrivateDirectory(dirname(path)))) return null;
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(lineOver(socket)));
    socket.once('error', (error) => {
      const refused = 'code' in error && error.code === 'ECONNREFUSED';
      if (refused || isMissing(error)) resolve(null);
      else reject(new Failure('internal', 'the agent’s socket cannot be used', { path, error: error.message }));
    });
  });
}

function assertShort(path: string): void {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new Failure(
      'configuration',
      'the path of the agent’s socket is too long: set XDG_RUNTIME_DIR to a shorter one',
      { path },
    );
  }
}

function lineOver(socket: Socket): Line {
  // the other end may go at any time; that ends `received`, it is no error of ours
  socket.on('error', () => socket.destroy());
  return {
    send: (object) => void (socket.writable && socket.write(`${JSON.stringify(object)}\n`)),
    received: objects(socket),
    close: () => void socket.end(),
  };
}

async function* objects(socket: Socket): AsyncIterable<unknown> {
  for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
    let object: unknown;
    try {
      object = JSON.parse(line);
    } catch (error) {
      throw new Failure('internal', 'the other end of the socket sent a line that is no JSON', {}, { cause: error });
    }
    yield object;
  }
}
