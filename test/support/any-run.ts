// Runs to keep: a plain one with what a test cares about, and any at all.
import fc from 'fast-check';
import { RUN_STATUSES, type RunRecord, TASK_STATUSES, type TaskRecord } from '../../src/core/run.ts';
import { CREATED, runOf } from './run-record.ts';

/** Twelve hex digits that are different for every number. */
export function runId(number: number): string {
  return number.toString(16).padStart(12, '0');
}

/** A waiting run of `core22`; the number makes its id and, in seconds, the time of its creation. */
export function runRecord(number: number, different: Partial<RunRecord> = {}): RunRecord {
  return runOf({
    id: runId(number),
    resource: 'core22',
    status: 'waiting',
    createdAt: CREATED + number * 1_000,
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    ...different,
  });
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const anyText = fc.oneof(
  text,
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constant('two\nlines\u0000 and "quotes"'),
);
const time = fc.integer({ min: 0, max: 8.64e15 });
const perhaps = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(''));

const anyTask: fc.Arbitrary<TaskRecord> = fc.record({
  name: anyText,
  status: fc.constantFrom(...TASK_STATUSES),
  startedAt: perhaps(time),
  finishedAt: perhaps(time),
  exitCode: perhaps(fc.integer({ min: 0, max: 255 })),
  tries: fc.nat(100),
  dependsOn: fc.array(anyText, { maxLength: 3 }),
  allowFailure: fc.boolean(),
  error: perhaps(anyText),
});

/** Any run that can be kept. */
export const anyRun: fc.Arbitrary<RunRecord> = fc.record({
  id: hex(12),
  resource: anyText,
  change: perhaps(
    fc.record({
      commit: hex(40),
      branch: anyText,
      message: anyText,
      value: anyText,
      previous: perhaps(anyText),
      observedAt: time,
    }),
  ),
  attempt: fc.integer({ min: 1, max: 1_000 }),
  reason: fc.constantFrom('change', 'request', 'retry', 'lost'),
  user: perhaps(anyText),
  note: perhaps(anyText),
  variables: fc.dictionary(anyText, anyText, { maxKeys: 4, noNullPrototype: true }),
  partition: anyText,
  status: fc.constantFrom(...RUN_STATUSES),
  createdAt: time,
  startedAt: perhaps(time),
  finishedAt: perhaps(time),
  exitCode: perhaps(fc.integer({ min: 0, max: 255 })),
  error: perhaps(
    fc.record({ reason: fc.constantFrom('unreachable', 'locked'), message: anyText, step: perhaps(anyText) }),
  ),
  supersededBy: perhaps(hex(12)),
  definition: perhaps(hex(40)),
  overlaid: fc.dictionary(anyText, perhaps(hex(40)), { maxKeys: 4, noNullPrototype: true }),
  agent: anyText,
  process: perhaps(fc.record({ pid: fc.nat(), started: perhaps(anyText) })),
  workspace: perhaps(anyText),
  tasks: fc.array(anyTask, { maxLength: 5 }),
});
