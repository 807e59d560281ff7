import { beforeEach, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import type { RunRecord } from '../../../src/core/run.ts';
import { keepRecords } from '../../../src/pipeline/runs/keep-records.ts';
import { runRecord } from '../../support/any-run.ts';

let locked: boolean;
let kept: Map<string, RunRecord>;
let told: string[];

beforeEach(() => {
  locked = false;
  kept = new Map();
  told = [];
});

const keeper = () =>
  keepRecords(
    {
      async save(run) {
        if (locked) throw new Failure('locked', 'another process keeps the run records locked');
        kept.set(run.id, run);
      },
    },
    { warn: (line) => told.push(line), info: (line) => told.push(line) },
  );

it('keeps what could not be kept with the next record that can be', async () => {
  const keep = keeper();
  const [first, second, other] = [
    runRecord(1, { status: 'running' }),
    runRecord(1, { status: 'success' }),
    runRecord(2),
  ];
  locked = true;
  await keep(first);
  await keep(second);
  locked = false;
  await keep(other);
  expect([...kept.values()]).toEqual([other, second]);
  expect(told).toEqual([
    `warning: the record of run ${first.id} could not be written, the run goes on: another process keeps the run records locked`,
    `the record of run ${first.id} is written now`,
  ]);
});

it('tells of each run once', async () => {
  const keep = keeper();
  locked = true;
  for (let turn = 0; turn < 3; turn++) await Promise.all([keep(runRecord(1)), keep(runRecord(2))]);
  expect(told.length).toBe(2);
});

it('keeps the newest of what came while nothing could be written', async () => {
  const keep = keeper();
  const states = (['waiting', 'running', 'failed'] as const).map((status) => runRecord(1, { status }));
  locked = true;
  await Promise.all(states.map((run) => keep(run)));
  locked = false;
  await keep(runRecord(2));
  expect(kept.get(runRecord(1).id)?.status).toBe('failed');
});
