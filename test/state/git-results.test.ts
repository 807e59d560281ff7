import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/core/result.ts';
import { adoptedResult } from '../../src/core/result.ts';
import type { OpenRepositoryOptions } from '../../src/git/open-repository.ts';
import type { Repository } from '../../src/git/repository.ts';
import { createResults } from '../../src/state/git-results.ts';
import type { Claim, Results } from '../../src/state/results.ts';
import { systemClock } from '../../src/system/clock.ts';
import { failureOf } from '../support/failures.ts';
import { addCommit, addManyCommits, git, installHook } from '../support/git-origin.ts';
import { type GitWorld, makeWorld, NEVER, refresh, type Way } from '../support/git-world.ts';
import { resultOf } from '../support/results.ts';

const NOTES = 'refs/notes/spread-cron';
const CLAIMS = 'refs/spread-cron/claims/';
const HOUR = 3_600_000;

interface Agent {
  readonly repository: Repository;
  readonly results: Results;
  readonly said: string[];
  /** Pushes so far. */
  pushes(): number;
}

let world: GitWorld;

/** An agent with a mirror of its own; its clock can be ahead. */
async function agent(
  id: string,
  options: { ahead?: number; open?: Partial<OpenRepositoryOptions> } = {},
): Promise<Agent> {
  const opened = await world.open({ directory: join(world.path, id, 'mirror.git'), ...options.open });
  let pushes = 0;
  const repository: Repository = {
    ...opened,
    push: (...given) => {
      pushes++;
      return opened.push(...given);
    },
  };
  await refresh(repository);
  const said: string[] = [];
  const say = (message: string) => said.push(message);
  const clock = { ...systemClock, now: () => systemClock.now() + (options.ahead ?? 0) };
  const results = createResults({
    repository,
    identity: { name: 'Robot', email: 'robot@example.com' },
    agentId: id,
    clock,
    log: { warn: say, info: () => {}, debug: () => {} },
    random: () => 0.5,
  });
  return { repository, results, said, pushes: () => pushes };
}

const write = (to: Agent, commit: string, result: Result, releases = false) =>
  to.results.write({ commit, result, releases });
const shown = (commit: string) => git(world.origin, ['notes', '--ref=spread-cron', 'show', commit]);
const claimRefs = () => git(world.origin, ['for-each-ref', '--format=%(refname)', CLAIMS]);
const claimOf = (agentId: string, run = 'r1', deadline = systemClock.now() + HOUR): Claim => ({
  agent: agentId,
  run,
  deadline,
});
const now = async (from: Agent, commits: readonly string[]) => from.results.of(await refresh(from.repository), commits);

const ways: readonly Way[] = [
  { engine: 'git', remote: 'http' },
  { engine: 'git', remote: 'local' },
  { engine: 'isomorphic-git', remote: 'http' },
];

describe.each(ways)('results over $remote by $engine', (way) => {
  let change: string;
  beforeEach(async () => {
    world = await makeWorld(way);
    change = addCommit(world.origin, 'core', { message: 'New core (1)', files: { a: '1' } });
  });
  afterEach(() => world.close());

  it('are a note that git shows, and follow the run', async () => {
    const one = await agent('a');
    const running = resultOf({ agent: 'a', status: 'running', finishedAt: null, exitCode: null });
    await write(one, change, running);
    expect(await now(one, [change])).toEqual(new Map([[change, [running]]]));
    await write(one, change, resultOf({ agent: 'a' }));
    expect(shown(change)).toMatch(/^success 3m10s attempt 1 by a \{"v":1.*\}$/);
    expect(await now(one, [change])).toEqual(new Map([[change, [resultOf({ agent: 'a' })]]]));
  });

  it('are read offline, without asking the remote', async () => {
    await write(await agent('a'), change, resultOf());
    const other = await agent('b');
    const listing = await other.repository.mirroredRefs();
    expect(other.results.exist(listing)).toBe(true);
    expect([...(await other.results.of(listing, [change, 'f'.repeat(40)])).keys()]).toEqual([change]);
  });

  it('of two agents that write at the same time are all there, one writing again on top of the other', async () => {
    const [one, two] = [await agent('a'), await agent('b')];
    const other = addCommit(world.origin, 'other', { message: 'New other (1)', files: { a: '1' } });
    for (let round = 1; round <= 3; round++) {
      const run = (agentId: string) => resultOf({ agent: agentId, run: `${agentId}${round}`, attempt: round });
      await Promise.all([
        write(one, change, run('a')),
        write(two, change, run('b')),
        write(one, other, run('a')),
        write(two, other, run('b')),
      ]);
    }
    const runs = ['a1', 'b1', 'a2', 'b2', 'a3', 'b3'];
    for (const from of [one, two])
      for (const results of (await now(from, [change, other])).values())
        expect(results.map(({ run }) => run)).toEqual(runs);
    git(world.origin, ['fsck', '--full', '--strict']);
  });

  it('let exactly one of two agents claim a change, and end the claim in the push of the result', async () => {
    const agents = [await agent('a'), await agent('b')] as const;
    const claims = await Promise.all([
      agents[0].results.claim(change, claimOf('a'), NEVER),
      agents[1].results.claim(change, claimOf('b'), NEVER),
    ]);
    expect(claims.map(({ kind }) => kind).sort()).toEqual(['claimed', 'taken']);
    const [winner, loser] = claims[0].kind === 'claimed' ? agents : ([agents[1], agents[0]] as const);
    const winnerId = winner === agents[0] ? 'a' : 'b';
    expect(claims.find(({ kind }) => kind === 'taken')).toMatchObject({ by: { agent: winnerId } });
    expect(await loser.results.claims(await refresh(loser.repository))).toMatchObject(
      new Map([[change, { agent: winnerId, run: 'r1' }]]),
    );
    installHook(world.origin, 'post-receive', `wc -l >> '${world.path}/pushes'`);
    await write(winner, change, resultOf({ agent: winnerId, run: 'r1' }), true);
    expect(readFileSync(join(world.path, 'pushes'), 'utf8').trim()).toBe('2');
    expect(claimRefs()).toBe('');
    expect((await loser.results.claims(await refresh(loser.repository))).size).toBe(0);
    // the loser's mirror is older than the run: it gets the claim, and with it what has become of the change
    expect(await loser.results.claim(change, claimOf('late'), NEVER)).toMatchObject({
      kind: 'claimed',
      from: null,
      results: [{ run: 'r1', status: 'success' }],
    });
  });
});

describe('results', () => {
  beforeEach(async () => {
    world = await makeWorld({ engine: 'git', remote: 'http' });
  });
  afterEach(() => world.close());

  it('of a thousand changes are one push, with the claims that they end, and are read in one go', async () => {
    const tip = addManyCommits(world.origin, 'many', 1000, (position) => `New thing (${position})`);
    const commits = git(world.origin, ['rev-list', tip]).split('\n');
    const one = await agent('a');
    const claimed = commits.slice(0, 100);
    await Promise.all(claimed.map((commit) => one.results.claim(commit, claimOf('a', commit), NEVER)));
    expect(claimRefs().split('\n').length).toBe(100);
    expect(one.pushes()).toBe(1);
    await Promise.all(commits.map((commit) => write(one, commit, resultOf({ agent: 'a', run: commit }), true)));
    expect(one.pushes()).toBe(2);
    expect(claimRefs()).toBe('');
    const found = await now(one, commits);
    expect(found.size).toBe(1000);
    expect(found.get(commits[500]!)).toEqual([resultOf({ agent: 'a', run: commits[500]! })]);
    // the same notes again: nothing is read
    const deaf = { ...one.repository, listTrees: () => Promise.reject(new Error('reads')) };
    Object.assign(one.repository, deaf);
    expect((await one.results.of(await one.repository.mirroredRefs(), commits)).size).toBe(1000);
  });

  it('that could not be pushed go with the next ones', async () => {
    const [first, second] = ['one', 'two'].map((branch) => addCommit(world.origin, branch, { files: { a: branch } }));
    const one = await agent('a');
    world.server?.fail({ kind: 'cut' }, { kind: 'cut' }, { kind: 'cut' }, { kind: 'cut' });
    expect((await failureOf(write(one, first!, resultOf()))).reason).toBe('remote-unreachable');
    await one.results.idle();
    await refreshUntilUp(one);
    await write(one, second!, resultOf({ run: 'second' }));
    expect([...(await now(one, [first!, second!])).keys()]).toEqual([first, second]);
    expect(world.warnings).toEqual([]);
  });

  it('are written though the answer to the push was lost', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    const one = await agent('a');
    world.server?.fail({ kind: 'lose-answer', match: /^POST .*receive-pack/ });
    await write(one, change, resultOf({ agent: 'a' }));
    expect(await now(one, [change])).toEqual(new Map([[change, [resultOf({ agent: 'a' })]]]));
  });

  it('that the remote does not take are told with its words', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    installHook(world.origin, 'pre-receive', 'echo closed for maintenance; exit 1');
    const one = await agent('a');
    const failure = await failureOf(write(one, change, resultOf()));
    expect(failure).toMatchObject({ reason: 'push-refused' });
    expect(failure.details.remote_said).toContain('closed for maintenance');
    await one.results.idle();
  });

  it('are written where claims may not be deleted, which is told', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    const one = await agent('a');
    await one.results.claim(change, claimOf('a', resultOf().run), NEVER);
    installHook(world.origin, 'update', 'case $3 in *[!0]*) ;; *) echo nothing is deleted here; exit 1;; esac');
    await write(one, change, resultOf(), true);
    expect(shown(change)).toMatch(/^success/);
    expect(one.said).toEqual([
      'the remote does not let claims of runs be deleted: other agents wait until their deadline',
    ]);
  });

  it('exist once the first was written, if only of changes that were adopted', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    const one = await agent('a');
    expect(one.results.exist(await one.repository.mirroredRefs())).toBe(false);
    await write(one, change, adoptedResult({ agent: 'a', at: 0, change: null }));
    expect(one.results.exist(await one.repository.mirroredRefs())).toBe(true);
    expect(git(world.origin, ['log', '-1', '--format=%an: %s', NOTES])).toBe('Robot: Result of one change');
  });

  it('follow a change whose history was rewritten', async () => {
    const old = addCommit(world.origin, 'core', { message: 'New core (1)', files: { a: '1' } });
    const one = await agent('a');
    const observedAt = Date.parse('2024-05-06T07:08:09Z');
    await write(one, old, resultOf({ change: { subject: 'New core (1)', observedAt: observedAt + 321 } }));
    const rewritten = addCommit(world.origin, 'core', { message: 'New core (1)', parent: null, files: { a: '2' } });
    const listing = await refresh(one.repository);
    expect((await one.results.of(listing, [rewritten])).size).toBe(0);
    const asked = [
      { commit: rewritten, subject: 'New core (1)', observedAt },
      { commit: 'other', subject: 'New core (2)', observedAt },
    ];
    const found = await one.results.ofRewritten(listing, asked);
    expect([...found.keys()]).toEqual([rewritten]);
    expect(found.get(rewritten)).toMatchObject([{ run: resultOf().run, status: 'success' }]);
  });

  it('leave what others wrote into the notes as it is', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    git(world.origin, ['notes', '--ref=spread-cron', 'add', '-m', 'looked at by hand', change]);
    const one = await agent('a');
    await write(one, change, resultOf({ agent: 'a' }));
    expect(shown(change)).toMatch(/^looked at by hand\nsuccess /);
  });
});

describe('claims', () => {
  let change: string;
  beforeEach(async () => {
    world = await makeWorld({ engine: 'git', remote: 'local' });
    change = addCommit(world.origin, 'core', { files: { a: '1' } });
  });
  afterEach(() => world.close());

  it('of our own are taken back at once, those of others after their deadline', async () => {
    const one = await agent('a');
    expect(await one.results.claim(change, claimOf('a', 'r1'), NEVER)).toEqual({
      kind: 'claimed',
      from: null,
      results: [],
    });
    const again = await agent('a', { open: { directory: join(world.path, 'again', 'mirror.git') } });
    expect(await again.results.claim(change, claimOf('a', 'r2'), NEVER)).toMatchObject({ from: { run: 'r1' } });
    const other = await agent('b');
    expect(await other.results.claim(change, claimOf('b'), NEVER)).toMatchObject({ kind: 'taken', by: { run: 'r2' } });
    const late = await agent('c', { ahead: 2 * HOUR });
    expect(await late.results.claim(change, claimOf('c'), NEVER)).toMatchObject({
      kind: 'claimed',
      from: { agent: 'a', run: 'r2' },
    });
  });

  it('past their deadline are taken over by one agent only', async () => {
    await (await agent('a')).results.claim(change, claimOf('a', 'r1', systemClock.now() - 1), NEVER);
    const agents = [await agent('b'), await agent('c'), await agent('d')];
    const claims = await Promise.all(
      agents.map((one, position) => one.results.claim(change, claimOf('bcd'[position]!), NEVER)),
    );
    expect(claims.map(({ kind }) => kind).sort()).toEqual(['claimed', 'taken', 'taken']);
    expect(claims.find(({ kind }) => kind === 'claimed')).toMatchObject({ from: { agent: 'a' } });
  });

  it('are not ended by a result of an earlier run, nor by another agent', async () => {
    const [one, two] = [await agent('a'), await agent('b')];
    await one.results.claim(change, claimOf('a', 'later'), NEVER);
    await write(one, change, resultOf({ agent: 'a', run: 'earlier', status: 'lost' }), true);
    await refresh(two.repository);
    await write(two, change, resultOf({ agent: 'b', run: 'later' }), true);
    await two.results.release(change);
    expect(claimRefs()).toBe(CLAIMS + change);
    await one.results.release(change);
    expect(claimRefs()).toBe('');
  });

  it('that nobody can read stand for a day', async () => {
    const junk = git(world.origin, ['commit-tree', git(world.origin, ['mktree'], ''), '-m', 'not a claim']);
    git(world.origin, ['update-ref', CLAIMS + change, junk]);
    const authored = Number(git(world.origin, ['log', '-1', '--format=%at', junk])) * 1000;
    const one = await agent('a');
    const standing = await one.results.claims(await one.repository.mirroredRefs());
    expect(standing).toEqual(new Map([[change, { agent: '', run: '', deadline: authored + 24 * HOUR }]]));
    expect((await one.results.claim(change, claimOf('a'), NEVER)).kind).toBe('taken');
    const late = await agent('b', { ahead: 25 * HOUR });
    expect((await late.results.claim(change, claimOf('b'), NEVER)).kind).toBe('claimed');
  });

  it('are not made when we are told to stop, nor where the remote refuses them', async () => {
    const one = await agent('a');
    expect((await failureOf(one.results.claim(change, claimOf('a'), AbortSignal.abort()))).reason).toBe('cancelled');
    installHook(world.origin, 'update', `case $1 in ${CLAIMS}*) echo no claims here; exit 1;; esac`);
    expect(await failureOf(one.results.claim(change, claimOf('a'), NEVER))).toMatchObject({
      reason: 'push-refused',
    });
  });
});

/** Uses up the faults that are left. */
async function refreshUntilUp(one: Agent): Promise<void> {
  for (;;) {
    const up = await refresh(one.repository).then(
      () => true,
      () => false,
    );
    if (up) return;
  }
}
