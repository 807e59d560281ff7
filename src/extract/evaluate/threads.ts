// Evaluates expressions of definitions (jq, XPath, CSS, JSONPath, patterns over much text) in threads that can be
// stopped: each evaluation has a deadline and a memory limit. Threads start when first needed and stay for the next one.
import { Worker } from 'node:worker_threads';
import { createLimit } from '../../concurrency/limit.ts';
import { onAbort } from '../../concurrency/on-abort.ts';
import { Failure, type FailureDetails, type FailureReason } from '../../core/failure.ts';
import type { Clock } from '../../system/clock.ts';
import type { EvaluationTask } from '../step.ts';

/** What a thread answers. */
export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly reason: FailureReason; readonly message: string; readonly details: FailureDetails };

export interface Evaluator {
  /**
   * Throws a Failure: `timed-out`, `too-large` (memory), `cancelled`, or what the task itself failed with. Waiting for a
   * free thread does not count against the deadline.
   */
  evaluate<T>(task: EvaluationTask, signal: AbortSignal): Promise<T>;
  /** Ends the threads and whatever they work on. A later evaluation starts them anew. */
  close(): Promise<void>;
}

export interface EvaluatorOptions {
  readonly clock: Clock;
  /** Longest evaluation in milliseconds. */
  readonly deadline?: number | undefined;
  /** Heap of a thread, and as much again for jq, in megabytes. */
  readonly memory?: number | undefined;
  readonly threads?: number | undefined;
  /** The bundled worker.ts. */
  readonly script?: URL | undefined;
}

/** Makes an evaluator. Nothing starts before the first evaluation, and idle threads do not keep the process alive. */
export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { clock, deadline = 10_000, memory = 256, threads = 2, script = workerScript(import.meta.url) } = options;
  const limit = createLimit(threads);
  const all = new Set<Worker>();
  const idle: Worker[] = [];

  const start = (): Worker => {
    const worker = startThread(script, memory);
    all.add(worker);
    // A thread that breaks or ends while nobody waits for its answer is replaced by the next evaluation.
    const forget = () => {
      all.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    };
    worker.on('error', forget).on('exit', forget);
    return worker;
  };

  const evaluateNow = async (task: EvaluationTask, signal: AbortSignal): Promise<Answer> => {
    if (signal.aborted) throw cancelled(signal);
    const worker = idle.pop() ?? start();
    worker.ref();
    const over = new AbortController();
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        const broken = (error: Error) => reject(brokenThread(error));
        const ended = () => reject(new Failure('cancelled', 'the evaluation was ended'));
        const stopListening = onAbort(signal, () => reject(cancelled(signal)));
        worker.once('message', resolve).once('error', broken).once('exit', ended);
        over.signal.addEventListener('abort', () => {
          stopListening();
          inTime();
          worker.off('message', resolve).off('error', broken).off('exit', ended);
        });
        const inTime = clock.after(deadline, () =>
          reject(new Failure('timed-out', 'the expression takes too long: simplify it', { limit_ms: deadline })),
        );
        worker.postMessage(task);
      });
      over.abort();
      worker.unref();
      idle.push(worker);
      return answer;
    } catch (error) {
      over.abort();
      await worker.terminate();
      throw error;
    }
  };

  return {
    async evaluate<T>(task: EvaluationTask, signal: AbortSignal): Promise<T> {
      const answer = await limit(() => evaluateNow(task, signal), signal).catch((error: unknown) => {
        throw signal.aborted ? cancelled(signal) : error;
      });
      if (!answer.ok) throw new Failure(answer.reason, answer.message, answer.details);
      return answer.result as T;
    },
    async close() {
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

/** Where the bundle of worker.ts is, seen from a source file, from the main bundle or from one of its chunks. */
export function workerScript(from: string): URL {
  if (from.endsWith('.ts')) return new URL('../../../dist/worker.js', from);
  return new URL(new URL('.', from).pathname.endsWith('/chunks/') ? '../worker.js' : './worker.js', from);
}

function startThread(script: URL, memory: number): Worker {
  const worker = new Worker(script, {
    // Nothing of this process is theirs: neither its environment nor its streams.
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    workerData: { memory },
    resourceLimits: { maxOldGenerationSizeMb: memory },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  worker.unref();
  return worker;
}

function brokenThread(error: Error): Failure {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new Failure('too-large', 'the expression needs too much memory: simplify it', {}, { cause: error });
  return new Failure('internal', 'the evaluation thread broke', { error: error.message }, { cause: error });
}

function cancelled(signal: AbortSignal): Failure {
  return signal.reason instanceof Failure ? signal.reason : new Failure('cancelled', 'cancelled');
}
