import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { failureOf } from '../support/failures.ts';
import { addCommit, git, installHook } from '../support/git-origin.ts';
import { type GitWorld, makeWorld, NEVER, refresh } from '../support/git-world.ts';
import { CLAIMS, claimOf, claimRefs, HOUR, resultAgent } from '../support/result-agents.ts';
import { resultOf } from '../support/results.ts';

let world: GitWorld;

describe('claims', () => {
  let change: string;
  beforeEach(async () => {
    world = await makeWorld({ engine: 'git', remote: 'local' });
    change = addCommit(world.origin, 'core', { files: { a: '1' } });
  });
  afterEach(() => world.close());

  it('of our own are taken back at once, those of others after their deadline', async () => {
    const one = await resultAgent(world, 'a');
    expect(await one.results.claim(change, claimOf('a', 'r1'), NEVER)).toEqual({
      kind: 'claimed',
      from: null,
      results: [],
    });
    const again = await resultAgent(world, 'a', { directory: 'again' });
    expect(await again.results.claim(change, claimOf('a', 'r2'), NEVER)).toMatchObject({ from: { run: 'r1' } });
    const other = await resultAgent(world, 'b');
    expect(await other.results.claim(change, claimOf('b'), NEVER)).toMatchObject({ kind: 'taken', by: { run: 'r2' } });
    const late = await resultAgent(world, 'c', { ahead: 2 * HOUR });
    expect(await late.results.claim(change, claimOf('c'), NEVER)).toMatchObject({
      kind: 'claimed',
      from: { agent: 'a', run: 'r2' },
    });
  });

  it('past their deadline are taken over by one agent only', async () => {
    await (await resultAgent(world, 'a')).results.claim(change, claimOf('a', 'r1', systemClock.now() - 1), NEVER);
    const agents = [await resultAgent(world, 'b'), await resultAgent(world, 'c'), await resultAgent(world, 'd')];
    const claims = await Promise.all(
      agents.map((one, position) => one.results.claim(change, claimOf('bcd'[position]!), NEVER)),
    );
    expect(claims.map(({ kind }) => kind).sort()).toEqual(['claimed', 'taken', 'taken']);
    expect(claims.find(({ kind }) => kind === 'claimed')).toMatchObject({ from: { agent: 'a' } });
  });

  it('are not ended by a result of an earlier run, nor by another agent', async () => {
    const [one, two] = [await resultAgent(world, 'a'), await resultAgent(world, 'b')];
    await one.results.claim(change, claimOf('a', 'later'), NEVER);
    await one.write(change, resultOf({ agent: 'a', run: 'earlier', status: 'lost' }), true);
    await refresh(two.repository);
    await two.write(change, resultOf({ agent: 'b', run: 'later' }), true);
    await two.results.release(change);
    expect(claimRefs(world)).toBe(CLAIMS + change);
    await one.results.release(change);
    expect(claimRefs(world)).toBe('');
  });

  it('that nobody can read stand for a day', async () => {
    const junk = git(world.origin, ['commit-tree', git(world.origin, ['mktree'], ''), '-m', 'not a claim']);
    git(world.origin, ['update-ref', CLAIMS + change, junk]);
    const authored = Number(git(world.origin, ['log', '-1', '--format=%at', junk])) * 1000;
    const one = await resultAgent(world, 'a');
    const standing = await one.results.claims(await one.repository.mirroredRefs());
    expect(standing).toEqual(new Map([[change, { agent: '', run: '', deadline: authored + 24 * HOUR }]]));
    expect((await one.results.claim(change, claimOf('a'), NEVER)).kind).toBe('taken');
    const late = await resultAgent(world, 'b', { ahead: 25 * HOUR });
    expect((await late.results.claim(change, claimOf('b'), NEVER)).kind).toBe('claimed');
  });

  it('are not made when we are told to stop, nor where the remote refuses them', async () => {
    const one = await resultAgent(world, 'a');
    expect((await failureOf(one.results.claim(change, claimOf('a'), AbortSignal.abort()))).reason).toBe('cancelled');
    installHook(world.origin, 'update', `case $1 in ${CLAIMS}*) echo no claims here; exit 1;; esac`);
    expect(await failureOf(one.results.claim(change, claimOf('a'), NEVER))).toMatchObject({
      reason: 'push-refused',
    });
  });
});
