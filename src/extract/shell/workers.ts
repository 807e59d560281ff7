// The shell workers: as many as configured, each started when it is first needed and kept; one that has ended is
// replaced. Requests wait for a free one in the order in which they came.
import { createLimit } from '../../concurrency/limit.ts';
import { Failure } from '../../core/failure.ts';
import { processorCount } from '../../system/environment.ts';
import { createNamedPipes } from '../../system/process/named-pipes.ts';
import { cancellation } from '../../system/process/stopper.ts';
import type { Processes } from '../../system/process.ts';
import { NeverStarted, type ShellAnswer, type ShellRequest, type ShellWorker, startWorker } from './worker.ts';

export interface ShellWorkers {
  /**
   * Evaluates a script or a classic definition; its exit status is data. Throws a Failure: `timed-out`, `too-large`,
   * `cancelled`, `command-failed` (it ended its worker; bash could not be started).
   */
  run(request: ShellRequest, signal: AbortSignal): Promise<ShellAnswer>;
  /** Ends the workers and what they are evaluating. */
  close(): Promise<void>;
}

/** No process is started before the first request. */
export function createShellWorkers(options: {
  readonly processes: Processes;
  /** The environment that most requests have; a request of another one costs a few assignments more. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: two for each processor, since extractors wait more than they compute. */
  readonly count?: number | undefined;
  /** Where named pipes are made; default: the system's temporary directory. */
  readonly temporaryDirectory?: string | undefined;
}): ShellWorkers {
  const { processes, env } = options;
  const limit = createLimit(options.count ?? 2 * processorCount());
  const pipes = createNamedPipes({ processes, env, parent: options.temporaryDirectory });
  const idle: ShellWorker[] = [];
  const all = new Set<ShellWorker>();
  let closed = false;

  function take(): ShellWorker {
    for (let worker = idle.pop(); worker !== undefined; worker = idle.pop()) if (worker.usable) return worker;
    const worker = startWorker({ processes, pipes, env });
    all.add(worker);
    return worker;
  }

  async function tryOnce(request: ShellRequest, signal: AbortSignal): Promise<ShellAnswer | 'never started'> {
    if (signal.aborted) throw cancellation(signal);
    if (closed) throw new Failure('cancelled', 'cancelled');
    const worker = take();
    try {
      return await worker.run(request, signal);
    } catch (error) {
      if (error instanceof NeverStarted) return 'never started';
      throw error;
    } finally {
      if (worker.usable) idle.push(worker);
      else all.delete(worker);
    }
  }

  async function run(request: ShellRequest, signal: AbortSignal): Promise<ShellAnswer> {
    for (let attempt = 1; attempt <= 2; attempt++) {
      const answer = await tryOnce(request, signal);
      if (answer !== 'never started') return answer;
    }
    throw new Failure('command-failed', 'no shell could be started: is bash installed, are there too many processes?');
  }

  return {
    async run(request, signal) {
      try {
        return await limit(() => run(request, signal), signal);
      } catch (error) {
        if (closed) throw new Failure('cancelled', 'cancelled');
        // the limit rejects with what the signal was aborted with
        throw signal.aborted && error === signal.reason ? cancellation(signal) : error;
      }
    },
    async close() {
      closed = true;
      await Promise.all([...all].map((worker) => worker.end()));
      pipes.close();
    },
  };
}
