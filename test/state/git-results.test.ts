import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unrunResult } from '../../src/core/result.ts';
import { failureOf } from '../support/failures.ts';
import { addCommit, addManyCommits, git, installHook } from '../support/git-origin.ts';
import { type GitWorld, makeWorld, NEVER, refresh, type Way } from '../support/git-world.ts';
import { claimOf, claimRefs, type ResultAgent, resultAgent, shownNote } from '../support/result-agents.ts';
import { resultOf } from '../support/results.ts';

const NOTES = 'refs/notes/spread-cron';

let world: GitWorld;

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
    const one = await resultAgent(world, 'a');
    const running = resultOf({ agent: 'a', status: 'running', finishedAt: null, exitCode: null });
    await one.write(change, running);
    expect(await one.now([change])).toEqual(new Map([[change, [running]]]));
    await one.write(change, resultOf({ agent: 'a' }));
    expect(shownNote(world, change)).toMatch(/^success 3m10s attempt 1 by a \{"v":1.*\}$/);
    expect(await one.now([change])).toEqual(new Map([[change, [resultOf({ agent: 'a' })]]]));
  });

  it('are read offline, without asking the remote', async () => {
    await (await resultAgent(world, 'a')).write(change, resultOf());
    const other = await resultAgent(world, 'b');
    const listing = await other.repository.mirroredRefs();
    expect(other.results.exist(listing)).toBe(true);
    expect([...(await other.results.of(listing, [change, 'f'.repeat(40)])).keys()]).toEqual([change]);
  });

  it('of two agents that write at the same time are all there, one writing again on top of the other', async () => {
    const [one, two] = [await resultAgent(world, 'a'), await resultAgent(world, 'b')];
    const other = addCommit(world.origin, 'other', { message: 'New other (1)', files: { a: '1' } });
    for (let round = 1; round <= 3; round++) {
      const run = (agentId: string) => resultOf({ agent: agentId, run: `${agentId}${round}`, attempt: round });
      await Promise.all([
        one.write(change, run('a')),
        two.write(change, run('b')),
        one.write(other, run('a')),
        two.write(other, run('b')),
      ]);
    }
    const runs = ['a1', 'b1', 'a2', 'b2', 'a3', 'b3'];
    for (const from of [one, two])
      for (const results of (await from.now([change, other])).values())
        expect(results.map(({ run }) => run)).toEqual(runs);
    git(world.origin, ['fsck', '--full', '--strict']);
  });

  it('let exactly one of two agents claim a change, and end the claim in the push of the result', async () => {
    const agents = [await resultAgent(world, 'a'), await resultAgent(world, 'b')] as const;
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
    await winner.write(change, resultOf({ agent: winnerId, run: 'r1' }), true);
    expect(readFileSync(join(world.path, 'pushes'), 'utf8').trim()).toBe('2');
    expect(claimRefs(world)).toBe('');
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
    const one = await resultAgent(world, 'a');
    const claimed = commits.slice(0, 100);
    await Promise.all(claimed.map((commit) => one.results.claim(commit, claimOf('a', commit), NEVER)));
    expect(claimRefs(world).split('\n').length).toBe(100);
    expect(one.pushes()).toBe(1);
    await Promise.all(commits.map((commit) => one.write(commit, resultOf({ agent: 'a', run: commit }), true)));
    expect(one.pushes()).toBe(2);
    expect(claimRefs(world)).toBe('');
    const found = await one.now(commits);
    expect(found.size).toBe(1000);
    expect(found.get(commits[500]!)).toEqual([resultOf({ agent: 'a', run: commits[500]! })]);
    // the same notes again: nothing is read
    const deaf = { ...one.repository, listTrees: () => Promise.reject(new Error('reads')) };
    Object.assign(one.repository, deaf);
    expect((await one.results.of(await one.repository.mirroredRefs(), commits)).size).toBe(1000);
  });

  it('that could not be pushed go with the next ones', async () => {
    const [first, second] = ['one', 'two'].map((branch) => addCommit(world.origin, branch, { files: { a: branch } }));
    const one = await resultAgent(world, 'a');
    world.server?.fail({ kind: 'cut' }, { kind: 'cut' }, { kind: 'cut' }, { kind: 'cut' });
    expect((await failureOf(one.write(first!, resultOf()))).reason).toBe('remote-unreachable');
    await one.results.idle();
    await refreshUntilUp(one);
    await one.write(second!, resultOf({ run: 'second' }));
    expect([...(await one.now([first!, second!])).keys()]).toEqual([first, second]);
    expect(world.warnings).toEqual([]);
  });

  it('are written though the answer to the push was lost', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    const one = await resultAgent(world, 'a');
    world.server?.fail({ kind: 'lose-answer', match: /^POST .*receive-pack/ });
    await one.write(change, resultOf({ agent: 'a' }));
    expect(await one.now([change])).toEqual(new Map([[change, [resultOf({ agent: 'a' })]]]));
  });

  it('that the remote does not take are told with its words', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    installHook(world.origin, 'pre-receive', 'echo closed for maintenance; exit 1');
    const one = await resultAgent(world, 'a');
    const failure = await failureOf(one.write(change, resultOf()));
    expect(failure).toMatchObject({ reason: 'push-refused' });
    expect(failure.details.remote_said).toContain('closed for maintenance');
    await one.results.idle();
  });

  it('are written where claims may not be deleted, which is told', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    const one = await resultAgent(world, 'a');
    await one.results.claim(change, claimOf('a', resultOf().run), NEVER);
    installHook(world.origin, 'update', 'case $3 in *[!0]*) ;; *) echo nothing is deleted here; exit 1;; esac');
    await one.write(change, resultOf(), true);
    expect(shownNote(world, change)).toMatch(/^success/);
    expect(one.said).toEqual([
      'the remote does not let claims of runs be deleted: other agents wait until their deadline',
    ]);
  });

  it('exist once the first was written, if only of changes that were adopted', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    const one = await resultAgent(world, 'a');
    expect(one.results.exist(await one.repository.mirroredRefs())).toBe(false);
    await one.write(change, unrunResult('adopted', { agent: 'a', at: 0, change: null }));
    expect(one.results.exist(await one.repository.mirroredRefs())).toBe(true);
    expect(git(world.origin, ['log', '-1', '--format=%an: %s', NOTES])).toBe('Robot: Result of one change');
  });

  it('that were written are known at once, also by a listing from before and while the remote is away', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    const one = await resultAgent(world, 'a');
    const before = await one.repository.mirroredRefs();
    const running = resultOf({ agent: 'a', status: 'running', finishedAt: null });
    await one.write(change, running);
    expect(await one.results.of(before, [change, 'f'.repeat(40)])).toEqual(new Map([[change, [running]]]));
    const after = await one.repository.mirroredRefs();
    world.server?.fail(...Array.from({ length: 4 }, () => ({ kind: 'cut' as const })));
    await failureOf(one.write(change, resultOf({ agent: 'a' })));
    for (const listing of [before, after])
      expect(await one.results.of(listing, [change])).toEqual(new Map([[change, [resultOf({ agent: 'a' })]]]));
    expect(one.results.exist(before)).toBe(true);
    await refreshUntilUp(one);
    await one.results.resend();
    expect(shownNote(world, change)).toMatch(/^success/);
    const pushes = one.pushes();
    await one.results.resend();
    expect(one.pushes()).toBe(pushes);
  });

  it('follow a change whose history was rewritten', async () => {
    const old = addCommit(world.origin, 'core', { message: 'New core (1)', files: { a: '1' } });
    const one = await resultAgent(world, 'a');
    const observedAt = Date.parse('2024-05-06T07:08:09Z');
    await one.write(
      old,
      resultOf({ change: { branch: 'core', subject: 'New core (1)', observedAt: observedAt + 321 } }),
    );
    const rewritten = addCommit(world.origin, 'core', { message: 'New core (1)', parent: null, files: { a: '2' } });
    const listing = await refresh(one.repository);
    expect((await one.results.of(listing, [rewritten])).size).toBe(0);
    const asked = [
      { commit: rewritten, branch: 'core', subject: 'New core (1)', observedAt },
      { commit: 'elsewhere', branch: 'other', subject: 'New core (1)', observedAt },
      { commit: 'other', branch: 'core', subject: 'New core (2)', observedAt },
    ];
    const found = await one.results.ofRewritten(listing, asked);
    expect([...found.keys()]).toEqual([rewritten]);
    expect(found.get(rewritten)).toMatchObject([{ run: resultOf().run, status: 'success' }]);
  });

  it('leave what others wrote into the notes as it is', async () => {
    const change = addCommit(world.origin, 'core', { files: { a: '1' } });
    git(world.origin, ['notes', '--ref=spread-cron', 'add', '-m', 'looked at by hand', change]);
    const one = await resultAgent(world, 'a');
    await one.write(change, resultOf({ agent: 'a' }));
    expect(shownNote(world, change)).toMatch(/^looked at by hand\nsuccess /);
  });
});

/** Uses up the faults that are left. */
async function refreshUntilUp(one: ResultAgent): Promise<void> {
  for (;;) {
    const up = await refresh(one.repository).then(
      () => true,
      () => false,
    );
    if (up) return;
  }
}
