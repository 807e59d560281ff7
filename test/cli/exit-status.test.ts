import { describe, expect, it } from 'vitest';
import { exitStatus, failedWith, type Happened, isNotPushed, together } from '../../src/cli/exit-status.ts';
import { outcomeOf } from './command-tools.ts';

const ALONE: readonly (readonly [Happened, number])[] = [
  [{}, 0],
  [{ changed: true }, 4],
  [{ checkFailed: true }, 3],
  [{ failed: true }, 1],
  [{ notPushed: true }, 5],
  [{ misused: true }, 2],
];

describe('the exit status', () => {
  it.each(ALONE)('of %j alone is %i', (happened, status) => {
    expect(exitStatus(happened)).toBe(status);
  });

  it.each([
    [['misused', 'notPushed', 'failed', 'checkFailed', 'changed'], 2],
    [['notPushed', 'failed', 'checkFailed', 'changed'], 5],
    [['failed', 'checkFailed', 'changed'], 1],
    [['checkFailed', 'changed'], 3],
  ] as const)('where %j apply is %i', (keys, status) => {
    expect(exitStatus(Object.fromEntries(keys.map((key) => [key, true])))).toBe(status);
    expect(exitStatus(together(keys.map((key) => ({ [key]: true }))))).toBe(status);
  });

  it.each([1, 2, 5] as const)('of a command that ended with a failure of %i is that', (code) => {
    expect(exitStatus(failedWith(code))).toBe(code);
  });
});

describe('a change that did not arrive', () => {
  const error = { reason: 'push-refused', message: 'the remote refused the push', step: null } as const;
  it.each([
    ['a refused change', outcomeOf({ outcome: 'changed', error }), true],
    ['a first value that was not sent', outcomeOf({ outcome: 'new', error }), true],
    ['a change of a dry run', outcomeOf({ outcome: 'changed' }), false],
    ['a pushed change', outcomeOf({ outcome: 'changed', pushed: true }), false],
    ['a failed check', outcomeOf({ outcome: 'failed', error }), false],
  ])('%s: %s', (_what, outcome, expected) => {
    expect(isNotPushed(outcome)).toBe(expected);
  });
});
