// A context for steps under test: real clock and real evaluation threads, and doors that are closed unless opened.
import { afterAll } from 'vitest';
import { createEvaluator } from '../../src/extract/evaluate/threads.ts';
import type { StepContext } from '../../src/extract/step.ts';
import { systemClock } from '../../src/system/clock.ts';

/** One set of threads for a test file, as for an agent; ended when the file is done. */
const evaluator = createEvaluator({ clock: systemClock });

afterAll(() => evaluator.close());

/** A context whose doors throw, with what the test wants instead. */
export function stepContext(overrides: Partial<StepContext> = {}): StepContext {
  const closed = (): never => {
    throw new Error('this test has no such door');
  };
  return {
    signal: new AbortController().signal,
    clock: systemClock,
    log: { warn: () => {}, info: () => {}, debug: () => {} },
    http: { request: closed, close: async () => {} },
    shell: { run: closed },
    gitRefs: closed,
    certificate: closed,
    dns: closed,
    results: closed,
    readFile: closed,
    machine: { variable: closed, readFile: closed, listFiles: closed, ask: closed },
    resolveSecrets: closed,
    timezone: null,
    kept: new Map(),
    once: (_key, work) => work(),
    evaluate: evaluator.evaluate,
    ...overrides,
  };
}
