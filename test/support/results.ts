// Results for tests: one with everything said, and any that a run could end in.
import fc from 'fast-check';
import type { Result, ResultStatus } from '../../src/core/result.ts';
import { TASK_STATUSES } from '../../src/core/run.ts';

const AT = Date.parse('2026-03-07T12:00:00.000Z');

/** A successful first attempt, with what the test wants instead. */
export function resultOf(overrides: Partial<Result> = {}): Result {
  return {
    run: '0123456789ab',
    attempt: 1,
    status: 'success',
    agent: 'agent-1',
    startedAt: AT,
    finishedAt: AT + 190_000,
    exitCode: 0,
    definition: 'd'.repeat(40),
    tasks: { suite: 'success' },
    variables: {},
    change: null,
    remark: null,
    ...overrides,
  };
}

const STATUSES: readonly ResultStatus[] = [
  'running',
  'success',
  'failed',
  'cancelled',
  'superseded',
  'timed-out',
  'lost',
  'adopted',
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('a\nb', '{"v":1}', '\u2028', '__proto__'),
);
const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });

/** Any result, its texts hostile. */
export const anyResult: fc.Arbitrary<Result> = fc.record({
  run: text,
  attempt: fc.nat(),
  status: fc.constantFrom(...STATUSES),
  agent: text,
  startedAt: fc.option(instant),
  finishedAt: fc.option(instant),
  exitCode: fc.option(fc.integer({ min: 0, max: 255 })),
  definition: fc.option(text),
  tasks: fc.dictionary(text, fc.constantFrom(...TASK_STATUSES), { noNullPrototype: true }),
  variables: fc.dictionary(text, text, { noNullPrototype: true }),
  change: fc.option(fc.record({ branch: text, subject: text, observedAt: instant })),
  remark: fc.option(text),
});
