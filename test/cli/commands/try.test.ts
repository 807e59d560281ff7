import { describe, expect, it } from 'vitest';
import { runTry } from '../../../src/cli/commands/try.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { AttemptedStep, ShownAttempt } from '../../../src/pipeline/verbs.ts';
import { listen, NOW, type Telling, toolsWith } from '../command-tools.ts';

const NOTHING_MATCHES = new Failure('no-match', 'nothing matches', { path: '$.x' });
const FETCHED: AttemptedStep = { step: '1 http', input: null, output: '{"a":1}\n', failure: null, duration_ms: 120 };
const MATCHED: AttemptedStep = { step: '2 json', input: '{"a":1}\n', output: '1', failure: null, duration_ms: 3 };
const UNMATCHED: AttemptedStep = { ...MATCHED, output: null, failure: NOTHING_MATCHES };

const ATTEMPT: ShownAttempt = {
  resource: 'core',
  message: 'New core',
  observation: { kind: 'value', value: '1' },
  newest: {
    value: '0',
    message: 'New core',
    commit: 'b'.repeat(40),
    observedAt: NOW - 60_000,
    extractor: null,
    skipped: false,
  },
  would: 'changed',
  subject: 'New core (1)',
  remedy: null,
};

async function tried(steps: readonly AttemptedStep[], different: Partial<ShownAttempt>, telling: Telling = {}) {
  const told = listen(telling);
  const attempt = async (_target: string, onStep: (step: AttemptedStep) => void) => {
    for (const step of steps) onStep(step);
    return { ...ATTEMPT, ...different };
  };
  const code = await runTry('core', toolsWith({ attempt }, told));
  return { told, code };
}

describe('try', () => {
  it('shows what every step gave, the value, and what a check would do', async () => {
    const { told, code } = await tried([FETCHED, MATCHED], {});
    expect(told.stdout().split('\n')).toEqual([
      '1 http   120ms',
      '   {"a":1}',
      '2 json   3ms',
      '   1',
      '',
      'value        1',
      'recorded     0   bbbbbbb   1m ago',
      'a check      would record: New core (1)',
      '',
    ]);
    expect(code).toBe(0);
  });

  it('says at which step it failed, what came in, and what to do', async () => {
    const observation = { kind: 'failure', failure: NOTHING_MATCHES, step: '2 json' } as const;
    const { told, code } = await tried([FETCHED, UNMATCHED], {
      observation,
      newest: null,
      would: 'failed',
      subject: null,
      remedy: 'compare the path with what came in',
    });
    expect(told.stdout().split('\n').slice(2)).toEqual([
      '2 json   3ms   failed',
      '   came in:',
      '   {"a":1}',
      '',
      'failed       at step 2 json: nothing matches (path $.x)',
      'what to do   compare the path with what came in',
      'a check      would count a failure and change nothing',
      '',
    ]);
    expect(code).toBe(1);
  });

  it('always says something to do', async () => {
    const observation = { kind: 'failure', failure: NOTHING_MATCHES, step: null } as const;
    const { told } = await tried([], { observation, subject: null, would: 'failed' });
    expect(told.stdout()).toMatch(/^what to do {3}\S/m);
  });

  it.each([
    ['nothing', { kind: 'nothing', why: 'not before 02:00' }, /^nothing {6}not before 02:00$/m],
    ['unchanged', { kind: 'value', value: '0' }, /would change nothing: the value is the recorded one/],
  ] as const)('explains %s', async (would, observation, line) => {
    const { told } = await tried([], { would, observation, subject: null });
    expect(told.stdout()).toMatch(line);
  });

  it('shortens long previews, and shows escapes', async () => {
    const output = `${Array.from({ length: 50 }, (_, line) => `line ${line}\u001b[2J${'x'.repeat(200)}`).join('\n')}\n`;
    const { told } = await tried([{ ...FETCHED, output }], {}, { terminal: 80 });
    expect(told.stdout()).toContain('… 38 more lines');
    expect(told.stdout()).not.toContain('\u001b');
    for (const line of told.stdout().split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('gives one object for each step and one for the whole with --json', async () => {
    const observation = { kind: 'failure', failure: NOTHING_MATCHES, step: '2 json' } as const;
    const { told } = await tried(
      [FETCHED, UNMATCHED],
      { observation, would: 'failed', subject: null },
      { format: 'json' },
    );
    const error = { reason: 'no-match', message: 'nothing matches (path $.x)' };
    expect(told.objects()).toEqual([
      { step: '1 http', input: null, output: '{"a":1}\n', duration_ms: 120, error: null },
      { step: '2 json', input: '{"a":1}\n', output: null, duration_ms: 3, error },
      {
        resource: 'core',
        message: 'New core',
        value: null,
        would: 'failed',
        subject: null,
        previous: '0',
        commit: 'b'.repeat(40),
        why: null,
        error: { ...error, step: '2 json' },
        remedy: null,
      },
    ]);
  });
});
