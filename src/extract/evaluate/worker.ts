// The thread in which expressions of definitions are evaluated: one task at a time, plain data in, plain data out. It is
// a bundle of its own (dist/worker.js); evaluation.ts starts and stops it.
import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../../core/failure.ts';
import type { EvaluationTask } from '../step.ts';
import type { Answer } from './threads.ts';

/** Size of a page of WebAssembly memory, in bytes. */
const PAGE = 65_536;

async function evaluate(task: EvaluationTask): Promise<unknown> {
  switch (task.kind) {
    case 'jq':
      return (await import('./jq.ts')).evaluateJq(task);
    case 'css':
      return (await import('./css.ts')).evaluateCss(task);
    case 'xpath':
      return (await import('./xpath.ts')).evaluateXPath(task);
    case 'feed':
      return (await import('./feed.ts')).evaluateFeed(task);
    case 'json':
      return (await import('./json.ts')).evaluateJson(task);
    case 'pattern':
      return (await import('./pattern.ts')).evaluatePattern(task);
    default:
      return task.kind satisfies never;
  }
}

async function answer(task: EvaluationTask): Promise<Answer> {
  try {
    return { ok: true, result: await evaluate(task) };
  } catch (error) {
    const { reason, message, details } = toFailure(error);
    return { ok: false, reason, message, details };
  }
}

/** The heap limit of a thread does not know WebAssembly: a module that asks for more gets what it gets when there is none. */
function limitWebAssembly(megabytes: number): void {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number) {
    if (this.buffer.byteLength + pages * PAGE > megabytes * 1024 ** 2) throw new RangeError('memory limit');
    return grow.call(this, pages);
  };
}

limitWebAssembly((workerData as { readonly memory: number }).memory);
parentPort?.on('message', (task: EvaluationTask) => {
  void answer(task).then((result) => parentPort?.postMessage(result));
});
