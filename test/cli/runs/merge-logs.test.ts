import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LogSource, mergeLogs } from '../../../src/cli/runs/merge-logs.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { LogPiece } from '../../../src/record/logs.ts';
import { failureOf } from '../../support/failures.ts';
import { growingLog, pieceOf } from '../../support/run-verbs.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';

const NEVER = new AbortController().signal;

async function* given(pieces: readonly LogPiece[]) {
  yield* pieces;
}

const sourceOf = (task: string, times: readonly number[], from = times[0] ?? 0): LogSource => ({
  task,
  from,
  kind: 'complete',
  pieces: () => given(times.map((at) => pieceOf(task, at))),
});

async function merged(sources: readonly LogSource[]) {
  const result: (readonly [string, number])[] = [];
  for await (const { task, piece } of mergeLogs(sources, createSteppedClock(), NEVER)) result.push([task, piece.at]);
  return result;
}

describe('the logs of several tasks', () => {
  it('are one by time', async () => {
    expect(await merged([sourceOf('b', [2, 3, 9]), sourceOf('a', [1, 3, 10])])).toEqual([
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['b', 3],
      ['b', 9],
      ['a', 10],
    ]);
  });

  it('hold every piece once, in order', async () => {
    const times = fc.array(fc.nat(50)).map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(fc.array(times, { maxLength: 5 }), async (logs) => {
        const result = await merged(logs.map((log, index) => sourceOf(`t${index}`, log)));
        const all = logs.flat().sort((a, b) => a - b);
        expect(result.map(([, at]) => at)).toEqual(all);
      }),
    );
  });

  it('are opened only when their time has come', async () => {
    const opened: string[] = [];
    const later: LogSource = {
      ...sourceOf('later', [100]),
      pieces: () => {
        opened.push('later');
        return given([pieceOf('x', 100)]);
      },
    };
    for await (const { piece } of mergeLogs([later, sourceOf('first', [1, 50])], createSteppedClock(), NEVER))
      if (piece.at <= 50) expect(opened).toEqual(piece.at === 50 && opened.length > 0 ? ['later'] : []);
    expect(opened).toEqual(['later']);
  });

  it('do not wait for one that grows and says nothing', async () => {
    const clock = createSteppedClock();
    const silent = growingLog();
    const sources: LogSource[] = [
      { task: 'silent', from: 0, kind: 'grows', pieces: () => silent.read(true, NEVER) },
      sourceOf('done', [5]),
    ];
    const pieces = mergeLogs(sources, clock, NEVER)[Symbol.asyncIterator]();
    const first = pieces.next();
    await clock.sleeping();
    clock.advance(100);
    expect((await first).value).toMatchObject({ task: 'done' });
    const second = pieces.next();
    silent.put(pieceOf('late', 1));
    expect((await second).value).toMatchObject({ task: 'silent' });
    silent.close();
    expect((await pieces.next()).done).toBe(true);
  });

  it('fail where one of them cannot be read', async () => {
    const broken: LogSource = {
      task: 'broken',
      from: 0,
      kind: 'complete',
      // biome-ignore lint/correctness/useYield: it fails before it gives anything
      pieces: async function* () {
        throw new Failure('not-parsable', 'the log is damaged');
      },
    };
    expect((await failureOf(merged([broken, sourceOf('a', [1])]))).message).toBe('the log is damaged');
  });
});
