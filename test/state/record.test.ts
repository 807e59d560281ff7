import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import { decodeCommit } from '../../src/git/objects.ts';
import type { NewObject, PushResult, RefUpdate, Repository } from '../../src/git/repository.ts';
import { type Change, createRecorder, dryRecorder } from '../../src/state/record.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const TREE = 'a'.repeat(40);
const TIP = 'b'.repeat(40);

const change = (branch: string): Change => ({
  branch,
  tip: TIP,
  tree: TREE,
  message: 'New ',
  value: '1',
  observedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  skipCi: false,
  trailers: { previous: 'p', extractor: 'e' },
});

/** A recorder over a remote that answers each push when the test says so. */
function recorder() {
  const clock = createSteppedClock();
  const pushes: {
    readonly refs: readonly string[];
    readonly objects: readonly NewObject[];
    readonly answer: (result: PushResult | Failure) => void;
  }[] = [];
  const repository: Pick<Repository, 'push'> = {
    push: (updates: readonly RefUpdate[], objects) =>
      new Promise((resolve, reject) => {
        const refs = updates.map(({ ref }) => ref);
        pushes.push({
          refs,
          objects,
          answer: (result) =>
            result instanceof Failure ? reject(result) : resolve(new Map(refs.map((ref) => [ref, result]))),
        });
      }),
  };
  const identity = { name: 'Agent', email: 'agent@example.com' };
  return { clock, pushes, made: createRecorder({ repository: repository as Repository, identity, clock }) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the recorder', () => {
  it('writes an empty commit on the tip: its tree, the message as given, the time of observation', async () => {
    const { pushes, made } = recorder();
    const recorded = made.record(change('core'));
    made.flush();
    const [object] = pushes[0]?.objects ?? [];
    const commit = decodeCommit(object?.oid ?? '', object?.body ?? new Uint8Array());
    expect(commit).toMatchObject({
      tree: TREE,
      parents: [TIP],
      subject: 'New  (1)',
      authoredAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
    expect(commit.message).toBe('New  (1)\n\nPrevious: p\nExtractor: e\n');
    pushes[0]?.answer({ kind: 'accepted' });
    expect(await recorded).toEqual({ kind: 'recorded', commit: commit.oid });
  });

  it('waits for company until it is quiet, and never longer than its limit', async () => {
    const { clock, pushes, made } = recorder();
    void made.record(change('a'));
    clock.advance(15);
    void made.record(change('b'));
    clock.advance(15);
    await settled();
    expect(pushes).toHaveLength(0);
    clock.advance(5);
    await settled();
    expect(pushes.map(({ refs }) => refs)).toEqual([['refs/heads/a', 'refs/heads/b']]);

    const busy = recorder();
    for (let index = 0; index < 60; index++) {
      void busy.made.record(change(`r${index}`));
      busy.clock.advance(10);
      await settled();
    }
    expect(busy.pushes[0]?.refs.length).toBeGreaterThan(30);
    expect(busy.pushes[0]?.refs.length).toBeLessThan(45);
  });

  it('has one push in flight; what comes meanwhile goes together with the next', async () => {
    const { clock, pushes, made } = recorder();
    void made.record(change('a'));
    made.flush();
    void made.record(change('b'));
    void made.record(change('c'));
    clock.advance(1000);
    await settled();
    expect(pushes).toHaveLength(1);
    pushes[0]?.answer({ kind: 'accepted' });
    await settled();
    expect(pushes[1]?.refs).toEqual(['refs/heads/b', 'refs/heads/c']);
  });

  it.each([
    [{ kind: 'stale' } as const, { kind: 'stale' }],
    [{ kind: 'refused', message: 'no' } as const, { kind: 'refused', message: 'no' }],
    [new Failure('remote-unreachable', 'gone'), { kind: 'unsent', failure: { reason: 'remote-unreachable' } }],
  ])('tells what became of it: %j', async (answer, expected) => {
    const { pushes, made } = recorder();
    const recorded = made.record(change('a'));
    made.flush();
    pushes[0]?.answer(answer);
    expect(await recorded).toMatchObject(expected);
  });

  it('writes nothing in a dry run', async () => {
    expect(await dryRecorder().record(change('a'))).toEqual({ kind: 'not-written' });
  });
});
