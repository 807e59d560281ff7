import { describe, expect, it } from 'vitest';
import type { CheckReport, CheckRequest } from '../../../src/app.ts';
import { type CheckOptions, runCheck } from '../../../src/cli/commands/check.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { CheckOutcome } from '../../../src/core/outcome.ts';
import { listen, outcomeOf, type Telling, toolsWith } from '../command-tools.ts';

const CHANGED = outcomeOf({ outcome: 'changed', value: '1235', pushed: true });
const NEW = outcomeOf({ resource: 'b', outcome: 'new', previous: null, pushed: true });
const FAILED = outcomeOf({
  resource: 'c',
  outcome: 'failed',
  value: null,
  error: { reason: 'no-match', message: 'nothing matches', step: '2 json' },
  failing_since: '2026-11-21T17:00:00.000Z',
  failures: 12,
});
const UNCHANGED = outcomeOf({ resource: 'd' });

async function checked(
  outcomes: readonly CheckOutcome[],
  telling: Telling,
  options: CheckOptions = {},
  remote: Partial<Omit<CheckReport, 'outcomes'>> = {},
) {
  const told = listen(telling);
  const requests: CheckRequest[] = [];
  const check = async (request: CheckRequest): Promise<CheckReport> => {
    requests.push(request);
    request.onPlan(outcomes.length);
    for (const outcome of outcomes) request.onOutcome(outcome);
    return { outcomes, remoteFailure: null, remoteFailures: 0, remoteIsBack: false, ...remote };
  };
  const status = await runCheck(['core-*'], options, toolsWith({ check }, told));
  return { told, status, request: requests[0] };
}

describe('check on a terminal', () => {
  it('tells every outcome on a line of its own, and counts them', async () => {
    const { told, status } = await checked([CHANGED, NEW, FAILED, UNCHANGED], { terminal: 120 });
    expect(told.stdout().split('\n')).toEqual([
      'changed    core-beta  New core in beta (1235)  was 1234  4f2a9c1',
      'new        b          New core in beta (1234)            4f2a9c1',
      'failed     c          2 json: nothing matches  12 times in 1h',
      'unchanged  d          1234',
      '',
    ]);
    expect(told.stderr()).toContain('resources of https://git.example.com/resources.git');
    expect(told.stderr()).toContain('4 checked: 1 new, 1 changed, 1 unchanged, 1 failed');
    expect(status).toBe(0);
  });

  it('cuts lines to the width of the terminal', async () => {
    const { told } = await checked([{ ...CHANGED, message: 'x'.repeat(200) }], { terminal: 60 });
    expect(told.stdout()).toMatch(/^changed {4}core-beta {2}x+… {2}was 1234 {2}4f2a9c1\n$/);
    expect(told.stdout().trimEnd().length).toBeLessThanOrEqual(60);
  });

  it.each([
    [outcomeOf({ pending: '1235' }), /unchanged {2}core-beta {2}1234 {2}1235 awaits confirmation/],
    [outcomeOf({ outcome: 'nothing', why: 'not before 02:00' }), /nothing {4}core-beta {2}not before 02:00/],
    [outcomeOf({ outcome: 'skipped', why: 'not due' }), /skipped {4}core-beta {2}not due/],
    [{ ...CHANGED, rebaselined: true as const }, /was 1234, re-baseline: nothing is due/],
    [
      {
        ...CHANGED,
        commit: null,
        pushed: false,
        error: { reason: 'push-refused', message: 'no!', step: null } as const,
      },
      /was 1234, not pushed: no!/,
    ],
    [{ ...FAILED, failures: 1 }, /nothing matches\n/],
  ])('says what there is to say about %j', async (outcome, line) => {
    expect((await checked([outcome], { terminal: 150 })).told.stdout()).toMatch(line);
  });
});

describe('check without a terminal', () => {
  it('tells only changes, so that cron sends mail only then', async () => {
    const { told } = await checked([CHANGED, FAILED, UNCHANGED], {});
    expect(told.stdout()).toBe('changed    core-beta  New core in beta (1235)  was 1234  4f2a9c1\n');
    expect(told.stderr()).toBe('');
  });

  it('tells the failure at which somebody is told, and the recovery', async () => {
    const { told } = await checked(
      [
        { ...FAILED, transition: 'failing' },
        { ...UNCHANGED, transition: 'recovered' },
      ],
      {},
    );
    expect(told.stdout()).toBe('failed     c  2 json: nothing matches  12 times in 1h\nrecovered  d  1234\n');
  });

  it('says nothing at all where nothing happened', async () => {
    const { told } = await checked([FAILED, UNCHANGED], {});
    expect([told.stdout(), told.stderr()]).toEqual(['', '']);
  });

  it('tells everything with -v', async () => {
    const { told } = await checked([FAILED, UNCHANGED], { level: 'verbose' });
    expect(told.stdout().split('\n')).toHaveLength(3);
    expect(told.stderr()).toContain('2 checked');
  });

  it('gives every outcome as it is with --json', async () => {
    const { told } = await checked([CHANGED, FAILED, UNCHANGED], { format: 'json' });
    expect(told.objects()).toEqual([CHANGED, FAILED, UNCHANGED]);
  });
});

describe('the status of check', () => {
  const refused = { ...CHANGED, pushed: false, error: { reason: 'push-refused', message: 'no', step: null } } as const;
  it.each<readonly [string, readonly CheckOutcome[], CheckOptions, number]>([
    ['a change', [CHANGED], {}, 0],
    ['a change, with --exit-status', [CHANGED], { exitStatus: true }, 4],
    ['a first value, with --exit-status', [NEW], { exitStatus: true }, 4],
    ['no change, with --exit-status', [UNCHANGED], { exitStatus: true }, 0],
    ['a failure', [FAILED], {}, 0],
    ['a failure, with --failures', [FAILED], { failures: true }, 3],
    ['both, with both', [FAILED, CHANGED], { failures: true, exitStatus: true }, 3],
    ['a refused push', [refused], {}, 5],
    ['a refused push, with --exit-status', [refused, FAILED], { exitStatus: true, failures: true }, 5],
  ])('of %s', async (_what, outcomes, options, expected) => {
    expect((await checked(outcomes, {}, options)).status).toBe(expected);
  });

  it('is 5 where the remote cannot be reached, and stderr says why', async () => {
    const failure = new Failure('remote-unreachable', 'the remote does not answer', { url: 'https://x' });
    const { told, status } = await checked([], {}, {}, { remoteFailure: failure, remoteFailures: 1 });
    expect(status).toBe(5);
    expect(told.stderr()).toBe('error: the remote does not answer (url https://x)\n');
  });

  it('is told once without a terminal, where it begins and where it ends', async () => {
    const remoteFailure = new Failure('remote-unreachable', 'the remote does not answer');
    const again = await checked([], {}, {}, { remoteFailure, remoteFailures: 2 });
    expect([again.status, again.told.stderr()]).toEqual([5, '']);
    const back = await checked([UNCHANGED], {}, {}, { remoteIsBack: true });
    expect([back.status, back.told.stderr()]).toEqual([0, 'the remote is back\n']);
  });
});

describe('what check asks for', () => {
  it('is what the flags say', async () => {
    expect((await checked([], {})).request).toMatchObject({ names: ['core-*'], all: 'due', write: 'write' });
    const dry = await checked([CHANGED], { terminal: 80 }, { all: true, dryRun: true });
    expect(dry.request).toMatchObject({ all: 'all', write: 'dry-run' });
    expect(dry.told.stderr()).toContain('a dry run, nothing was written');
    expect(dry.told.stderr()).not.toContain('resources of');
  });

  it('leaves no progress behind where the round fails', async () => {
    const told = listen({ terminal: 80 });
    const check = () => Promise.reject(new Failure('locked', 'locked'));
    await expect(runCheck([], {}, toolsWith({ check }, told))).rejects.toThrow('locked');
    expect(told.stderr().endsWith('\r\u001b[2K')).toBe(true);
  });
});

describe('hostile values', () => {
  it('never reach the terminal raw', async () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J';
    const outcomes = [
      { ...CHANGED, value: evil, previous: evil, message: evil, resource: evil },
      { ...FAILED, error: { reason: 'no-match' as const, message: evil, step: evil } },
      outcomeOf({ outcome: 'skipped', why: evil }),
    ];
    const { told } = await checked(outcomes, { terminal: 300 });
    expect(told.stdout()).not.toContain('\u001b');
    expect(told.stdout()).not.toContain('\u0007');
    expect(told.stderr().replaceAll('\r\u001b[2K', '')).not.toContain('\u001b');
  });
});
