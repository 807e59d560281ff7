import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { type MachineFacts, machineFindings } from '../../../src/doctor/checks/machine.ts';
import { minutesFindings } from '../../../src/doctor/checks/minutes.ts';

const FACTS: MachineFacts = {
  programs: { git: 'git 2.39.5', bash: 'bash 5.2.15', bwrap: null },
  needsGit: false,
  shells: 0,
  sandbox: 'none',
  state: { directory: '/state', failure: null, free: 5e9 },
  keepFree: 1e9,
  runner: 'none',
  agent: null,
  ahead: null,
  secrets: [],
  fetchesNotes: null,
};

const found = (facts: Partial<MachineFacts>) =>
  machineFindings({ ...FACTS, ...facts }).map(({ level, message }) => ({ level, message }));
/** What is not as it should be. */
const wrong = (facts: Partial<MachineFacts>) => found(facts).filter(({ level }) => level !== 'ok');

describe('a machine', () => {
  it('with all that is needed is fine, and says what there is', () => {
    expect(found({ agent: 4711 })).toEqual([
      { level: 'ok', message: 'git 2.39.5, bash 5.2.15' },
      { level: 'ok', message: 'state in /state; an agent runs (process 4711)' },
    ]);
  });

  it.each([
    ['git for a repository by ssh', { programs: { git: null, bash: null, bwrap: null }, needsGit: true }, 'problem'],
    ['git for one by http', { programs: { git: null, bash: null, bwrap: null } }, 'note'],
    ['bash for classic definitions', { programs: { ...FACTS.programs, bash: null }, shells: 3 }, 'problem'],
    ['bubblewrap for sandboxes', { sandbox: 'bubblewrap' }, 'problem'],
  ] as const)('that lacks %s is told so', (_what, facts, level) => {
    expect(wrong(facts)).toMatchObject([{ level }]);
  });

  it('whose state cannot be written, or has no room for runs, is told so', () => {
    const failure = new Failure('not-writable', 'this user may not write there');
    expect(wrong({ state: { directory: '/state', failure, free: null } })).toMatchObject([{ level: 'problem' }]);
    const low = { directory: '/state', failure: null, free: 5e8 };
    expect(wrong({ state: low })).toEqual([]);
    expect(wrong({ state: low, runner: 'local' })).toMatchObject([
      { level: 'warning', message: expect.stringContaining('500 MB are free') },
    ]);
  });

  it.each([
    [59_000, []],
    [-59_000, []],
    [300_000, [{ level: 'warning', message: "the clock of this machine is 5m ahead of the remote's" }]],
    [-7_200_000, [{ level: 'warning', message: "the clock of this machine is 2h behind the remote's" }]],
  ])('whose clock is %d ms ahead is told from a minute on', (ahead, expected) => {
    expect(wrong({ ahead })).toEqual(expected);
  });

  it('without the value of a secret is told which, and why', () => {
    const failure = new Failure('configuration', 'the file of the secret is missing', { path: '/etc/token' });
    const [finding] = machineFindings({ ...FACTS, secrets: [{ name: 'TOKEN', failure }] }).slice(-1);
    expect(finding).toMatchObject({ level: 'problem', items: [expect.stringMatching(/^TOKEN: .*\/etc\/token/)] });
  });

  it('with a clone that leaves results out is told the command', () => {
    expect(wrong({ fetchesNotes: true })).toEqual([]);
    expect(wrong({ fetchesNotes: false })).toMatchObject([
      { level: 'note', message: expect.stringContaining('does not fetch results') },
    ]);
  });
});

describe('polling by schedule', () => {
  it('costs minutes, and is told how many', () => {
    expect(minutesFindings({ jobsPerDay: 0, visibility: 'private' })).toEqual([]);
    expect(minutesFindings({ jobsPerDay: 96, visibility: 'private' })).toMatchObject([
      { message: expect.stringContaining('96 jobs a day: 2,880 minutes a month') },
    ]);
    expect(minutesFindings({ jobsPerDay: 96, visibility: 'public' })).toMatchObject([
      { message: expect.stringContaining('cost nothing') },
    ]);
  });
});
