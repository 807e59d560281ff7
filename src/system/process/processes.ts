// The door to other programs: runs one to its end within limits of time and output, or starts one that is talked to.
import type { Readable } from 'node:stream';
import { Failure } from '../../core/failure.ts';
import type { Command, Finished, LongLived, Processes, StartCommand } from '../process.ts';
import { type Collector, collectAll, collectTail, drained, eachLine } from './collect.ts';
import { signalGroup, startGroup, startTalkative } from './group.ts';
import { cancellation, createStopper } from './stopper.ts';

/** How much of stderr is kept, in bytes. */
const STDERR_LIMIT = 64 * 1024;

/** The door to other programs on this machine. */
export function createProcesses(): Processes {
  return { run, start };
}

async function run(command: Command, signal: AbortSignal): Promise<Finished> {
  const { file, timeout, maxOutput = Number.POSITIVE_INFINITY } = command;
  if (signal.aborted) throw cancellation(signal);
  const child = await startGroup({ ...command, input: command.stdin });
  const stopper = createStopper({
    ask: () => signalGroup(child.pid, 'SIGTERM'),
    kill: () => signalGroup(child.pid, 'SIGKILL'),
    signal,
    timeout,
    timedOut: () =>
      new Failure('timed-out', 'the program ran out of time and was killed', { program: file, milliseconds: timeout }),
  });
  const stdout = collectAll(maxOutput, () =>
    stopper.because(
      new Failure('too-large', 'the program printed too much and was killed', { program: file, limit: maxOutput }),
    ),
  );
  const stderr = collectTail(STDERR_LIMIT);
  const settled = [collect(child.stdout, stdout), collect(child.stderr, stderr, command.onStderr)];
  try {
    const code = await Promise.race([child.exited, stopper.abandoned.then(() => 128)]);
    if (stopper.failure === undefined) await Promise.all(settled.map((settle) => settle()));
    // looked at after the draining: the last of the output may have been too much
    if (stopper.failure !== undefined) throw stopper.failure;
    return { code, stdout: stdout.bytes(), stderr: new TextDecoder().decode(stderr.bytes()) };
  } finally {
    stopper.forget();
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  }
}

/** Feeds a collector; gives what resolves when all that was written by then has been taken. */
function collect(stream: Readable, collector: Collector, tell?: (chunk: Uint8Array) => void): () => Promise<unknown> {
  let seen = 0;
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    collector.take(chunk);
    tell?.(chunk);
  });
  return () => drained({ seen: () => seen, ended: () => stream.readableEnded || stream.destroyed });
}

function start(command: StartCommand, onStderr: (line: string) => void): LongLived {
  const child = startTalkative({ ...command, lifeline: command.lifeline ?? false });
  eachLine(child.stderr, STDERR_LIMIT, onStderr);
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    exited: child.exited,
    kill: () => signalGroup(child.pid, 'SIGKILL'),
  };
}
