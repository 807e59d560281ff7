import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { type ForgeFacts, forgeFindings, tokenKind } from '../../../src/doctor/checks/forge.ts';

const REPOSITORY = { defaultBranch: 'main', visibility: 'private', mayPush: true, scopes: null } as const;
const byDispatch = { kind: 'dispatch', workflow: 'changes.yml', event: 'spread-cron' } as const;

function found(facts: Partial<ForgeFacts>) {
  return forgeFindings({
    name: 'GitHub',
    repository: REPOSITORY,
    workflows: [],
    token: 'unknown',
    inJob: false,
    trigger: { kind: 'push' },
    ...facts,
  }).map(({ level, message, remedy }) => ({ level, message, remedy: remedy ?? '' }));
}

it.each([
  [null, 'none'],
  ['ghp_abc', 'personal'],
  ['github_pat_abc', 'personal'],
  ['gho_abc', 'user'],
  ['ghs_abc', 'installation'],
  ['glpat-abc', 'unknown'],
] as const)('the token %s is of the kind %s', (token, kind) => {
  expect(tokenKind(token)).toBe(kind);
});

describe('what the pushes of a token begin', () => {
  it('is nothing for that of a job, which needs another trigger', () => {
    expect(found({ token: 'installation', inJob: true })).toEqual([
      {
        level: 'problem',
        message: 'what the token of a job pushes begins no workflow of GitHub',
        remedy: expect.stringContaining('trigger: dispatch'),
      },
    ]);
    expect(found({ token: 'installation', inJob: true, trigger: byDispatch })).toEqual([]);
  });

  it.each(['personal', 'user', 'key', 'installation'] as const)('is workflows for one of the kind %s', (token) => {
    expect(found({ token })).toMatchObject([{ level: 'ok', message: expect.stringContaining('begin workflows') }]);
  });

  it('is not known of others', () => {
    expect(found({ token: 'unknown' })).toEqual([]);
  });
});

describe('the rights of a token', () => {
  it('to push are missed', () => {
    expect(found({ repository: { ...REPOSITORY, mayPush: false } })).toMatchObject([
      {
        level: 'problem',
        message: 'the token may not push to the repository',
        remedy: expect.stringContaining('contents: write'),
      },
    ]);
  });

  it('to change workflows are missed where the token lists what it may', () => {
    const scopes = (...list: string[]) => ({ ...REPOSITORY, scopes: list });
    expect(found({ repository: scopes('repo') })).toMatchObject([
      { level: 'note', message: expect.stringContaining('scope workflow') },
    ]);
    expect(found({ repository: scopes('repo', 'workflow') })).toEqual([]);
  });

  it('that are not told are no problem where there is no token', () => {
    const repository = new Failure('authentication-failed', 'GitHub wants a token for this: set forge.token');
    expect(found({ repository, token: 'none' })).toMatchObject([
      { level: 'note', message: expect.stringContaining('forge.token') },
    ]);
    expect(found({ repository, token: 'personal' })[0]).toMatchObject({ level: 'problem' });
  });
});

it('workflows that were switched off are told with the reason', () => {
  const workflows = [
    { path: '.github/workflows/poll.yml', disabled: 'disabled inactivity' },
    { path: '.github/workflows/changes.yml', disabled: null },
  ];
  expect(
    forgeFindings({
      name: 'GitHub',
      repository: REPOSITORY,
      workflows,
      token: 'none',
      inJob: false,
      trigger: byDispatch,
    }),
  ).toMatchObject([{ level: 'problem', items: ['.github/workflows/poll.yml: disabled inactivity'] }]);
});
