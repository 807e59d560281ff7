import { describe, expect, it } from 'vitest';
import { explainError, failureLines } from '../../src/cli/failure-lines.ts';
import { Failure } from '../../src/core/failure.ts';
import { problemsFailure } from '../../src/definition/problem.ts';

const PROBLEM = { file: 'resource.yaml', line: 3, column: 1, path: 'extrct', message: 'unknown key' };

describe('a failure', () => {
  it('is its message with its details', () => {
    const failure = new Failure('not-found', 'no resource has this name', { name: 'x', other: undefined });
    expect(failureLines(failure)).toEqual(['no resource has this name (name x)']);
  });

  it('in a file is told like a compiler does, one line for each problem', () => {
    const failure = problemsFailure([
      { ...PROBLEM, nearest: 'extract' },
      { ...PROBLEM, line: 5, path: 'run', message: 'the wrong type', expected: 'a map', found: '3' },
    ]);
    expect(failureLines(failure)).toEqual([
      'resource.yaml:3:1: extrct: unknown key; did you mean extract?',
      'resource.yaml:5:1: run: the wrong type: expected a map, got 3',
    ]);
  });
});

describe('what ended a command', () => {
  it('is told with what to do next, and the exit status of its reason', () => {
    expect(explainError(new Failure('remote-unreachable', 'the remote does not answer'), 'brief')).toEqual({
      lines: [
        'error: the remote does not answer',
        'check the address and the network, then run the command again: nothing was lost',
      ],
      exitCode: 5,
    });
  });

  it('leaves it at the message where that says what to do', () => {
    const { lines, exitCode } = explainError(new Failure('usage', 'say NAME'), 'brief');
    expect([lines, exitCode]).toEqual([['error: say NAME'], 2]);
  });

  it.each([new TypeError('x is not a function'), new Failure('internal', 'x is not a function')])(
    'is our bug where it is none of the known reasons: %s',
    (error) => {
      const { lines, exitCode } = explainError(error, 'brief');
      expect(lines).toEqual([
        'error: this is a bug of spread-cron, please report it with what -v tells: x is not a function',
      ]);
      expect(exitCode).toBe(1);
    },
  );

  it('is told with the place where it happened where everything is to be told', () => {
    const error = new TypeError('x is not a function', { cause: new Error('deeper') });
    const { lines } = explainError(error, 'verbose');
    expect(lines[0]).toBe('error: this is a bug of spread-cron, please report it: x is not a function');
    expect(lines.join('\n')).toMatch(/at .*failure-lines\.test\.ts[\s\S]*caused by:\nError: deeper/);
  });

  it('may be anything that was thrown', () => {
    expect(explainError('a text', 'verbose').lines[0]).toMatch(/a text$/);
  });
});
