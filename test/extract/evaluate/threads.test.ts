// Evaluation threads: they answer, they are stopped when they last too long, they give their memory back.

import { afterEach, describe, expect, it } from 'vitest';
import {
  createEvaluator,
  type Evaluator,
  type EvaluatorOptions,
  workerScript,
} from '../../../src/extract/evaluate/threads.ts';
import type { EvaluationTask } from '../../../src/extract/step.ts';
import { systemClock } from '../../../src/system/clock.ts';

const FOR_EVER: EvaluationTask = { kind: 'jq', expression: 'def f: f; f', text: '1' };
const QUICK: EvaluationTask = { kind: 'jq', expression: '.a', text: '{"a":1}', options: { format: 'text' } };

const made: Evaluator[] = [];
const { signal } = new AbortController();

function evaluator(options: Partial<EvaluatorOptions> = {}): Evaluator {
  const one = createEvaluator({ clock: systemClock, ...options });
  made.push(one);
  return one;
}

afterEach(async () => {
  await Promise.all(made.splice(0).map((one) => one.close()));
});

describe('an evaluator', () => {
  it('answers more questions at once than it has threads', async () => {
    const { evaluate } = evaluator({ threads: 2 });
    const tasks = Array.from({ length: 20 }, (_, index) => evaluate({ ...QUICK, text: `{"a":${index}}` }, signal));
    expect(await Promise.all(tasks)).toEqual(Array.from({ length: 20 }, (_, index) => [String(index)]));
  });

  it('ends what takes longer than its deadline, and answers the next question', async () => {
    const { evaluate } = evaluator({ deadline: 300, threads: 1 });
    await expect(evaluate(FOR_EVER, signal)).rejects.toMatchObject({ reason: 'timed-out', details: { limit_ms: 300 } });
    const patient = evaluator({ threads: 1 });
    expect(await patient.evaluate(QUICK, signal)).toEqual(['1']);
  });

  it('ends what is aborted while it runs and while it waits', async () => {
    const { evaluate } = evaluator({ threads: 1 });
    const running = new AbortController();
    const waiting = new AbortController();
    const first = evaluate(FOR_EVER, running.signal);
    const second = evaluate(QUICK, waiting.signal);
    const third = evaluate(QUICK, signal);
    waiting.abort();
    await expect(second).rejects.toMatchObject({ reason: 'cancelled' });
    running.abort();
    await expect(first).rejects.toMatchObject({ reason: 'cancelled' });
    expect(await third).toEqual(['1']);
    await expect(evaluate(QUICK, AbortSignal.abort())).rejects.toMatchObject({ reason: 'cancelled' });
  });

  it('ends what needs too much memory, and answers the next question', async () => {
    const { evaluate } = evaluator({ memory: 64, threads: 1, deadline: 60_000 });
    const hungry: EvaluationTask = { kind: 'jq', expression: '[range(1e8)] | length', text: '1' };
    await expect(evaluate(hungry, signal)).rejects.toMatchObject({ reason: 'too-large' });
    expect(await evaluate(QUICK, signal)).toEqual(['1']);
    const items = Array.from({ length: 200_000 }, (_, index) => `{"a":{"b":${index}}}`).join(',');
    const wide: EvaluationTask = {
      kind: 'json',
      expression: '$..*..*..*',
      text: `[${items}]`,
      options: { format: 'json' },
    };
    await expect(evaluate(wide, signal)).rejects.toMatchObject({ reason: 'too-large' });
    expect(await evaluate(QUICK, signal)).toEqual(['1']);
  });

  it('gives the failure of a task as it was', async () => {
    const { evaluate } = evaluator();
    await expect(evaluate({ kind: 'jq', expression: '.[', text: '1' }, signal)).rejects.toMatchObject({
      name: 'Failure',
      reason: 'definition',
      message: 'the jq program cannot be read',
    });
  });

  it('starts anew after it was closed, and closing ends what runs', async () => {
    const { evaluate, close } = evaluator({ threads: 1 });
    await close();
    expect(await evaluate(QUICK, signal)).toEqual(['1']);
    const running = evaluate(FOR_EVER, signal);
    const ended = expect(running).rejects.toMatchObject({ reason: 'cancelled' });
    await close();
    await ended;
    expect(await evaluate(QUICK, signal)).toEqual(['1']);
  });

  it('says what is wrong when its script is missing', async () => {
    const { evaluate } = evaluator({ script: new URL('../missing.js', import.meta.url) });
    await expect(evaluate(QUICK, signal)).rejects.toMatchObject({ reason: 'internal' });
  });

  it('shows a program neither the environment nor a file', async () => {
    process.env.EVALUATION_TEST_SECRET = 'hidden';
    try {
      const { evaluate } = evaluator();
      const seen = await evaluate<string[]>(
        { kind: 'jq', expression: '$ENV, env', text: '1', options: { format: 'json' } },
        signal,
      );
      expect(seen.join()).toContain('HOME');
      expect(seen.join()).not.toContain('hidden');
      const include: EvaluationTask = { kind: 'jq', expression: 'import "/etc/hostname" as $x; $x', text: '1' };
      await expect(evaluate(include, signal)).rejects.toMatchObject({ reason: 'definition' });
    } finally {
      delete process.env.EVALUATION_TEST_SECRET;
    }
  });

  it('keeps its memory over thousands of evaluations', async () => {
    const { evaluate } = evaluator({ threads: 1 });
    const page = `<ul>${'<li class="x">1.2.3</li>'.repeat(20)}</ul>`;
    const tasks: readonly EvaluationTask[] = [
      QUICK,
      { kind: 'css', expression: 'li.x', text: page },
      { kind: 'xpath', expression: '//li', text: page },
      { kind: 'json', expression: '$[?(@.a == 1)].a', text: '[{"a":1}]', options: { format: 'text' } },
    ];
    const round = async (times: number) => {
      for (let time = 0; time < times; time++) for (const task of tasks) await evaluate(task, signal);
      return process.memoryUsage.rss();
    };
    const before = await round(150);
    const after = await round(350);
    expect(after - before).toBeLessThan(48 * 1024 ** 2);
  });
});

describe('the script of the threads', () => {
  it.each([
    ['file:///pkg/dist/main.js', 'file:///pkg/dist/worker.js'],
    ['file:///pkg/dist/chunks/extract-ABC.js', 'file:///pkg/dist/worker.js'],
    ['file:///pkg/src/extract/evaluate/threads.ts', 'file:///pkg/dist/worker.js'],
    ['file:///opt/chunks/dist/main.js', 'file:///opt/chunks/dist/worker.js'],
  ])('is found from %s', (from, script) => {
    expect(workerScript(from).href).toBe(script);
  });
});
