import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Result } from '../../../src/core/result.ts';
import type { RefListing } from '../../../src/git/repository.ts';
import { resultOf } from '../../../src/pipeline/runs/settle.ts';
import { tellUntold } from '../../../src/pipeline/runs/tell-untold.ts';
import { type OpenedRecords, openRecords } from '../../../src/record/open-records.ts';
import type { Claim } from '../../../src/state/results.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { runId, runRecord } from '../../support/any-run.ts';
import { temporaryDirectory } from '../../support/git-origin.ts';
import { CHANGE } from '../../support/run-record.ts';

let home: ReturnType<typeof temporaryDirectory>;
let records: OpenedRecords;
let said: string[];
const log = { warn: (line: string) => said.push(line), info: (line: string) => said.push(line), debug: () => {} };

beforeEach(async () => {
  home = temporaryDirectory();
  said = [];
  records = await openRecords({ path: join(home.path, 'records.db'), log, clock: systemClock, program: '0' });
});
afterEach(async () => {
  await records.close();
  home.remove();
});

const ENDED = runRecord(1, { status: 'success', startedAt: 5, finishedAt: 6, exitCode: 0, change: CHANGE });

const LISTING: RefListing = { branches: new Map(), defaultBranch: 'main', own: new Map() };

/** What is told of what is recorded, where the remote has these notes and claims of `CHANGE`. */
async function told(notes: readonly Result[], claims: readonly [string, Claim][] = []) {
  const written: [string, string, boolean][] = [];
  const released: string[] = [];
  await tellUntold({
    records,
    results: {
      of: async () => new Map(notes.length === 0 ? [] : [[CHANGE.commit, notes]]),
      claims: async () => new Map(claims),
      write: async ({ result, releases }) => void written.push([result.run, result.status, releases]),
      release: async (commit) => void released.push(commit),
    },
    listing: async () => LISTING,
    agentId: 'agent-1',
    log,
  });
  return { written, released };
}

it('tells results that ended as records and not as notes', async () => {
  await records.save(ENDED);
  await records.save(runRecord(2, { status: 'success', startedAt: 5, finishedAt: 6, change: null }));
  expect(await told([])).toEqual({ written: [[ENDED.id, 'success', true]], released: [] });
  expect(said).toEqual(['told late how earlier runs ended: 1']);
});

it('tells an end where the note still says that it runs', async () => {
  await records.save(ENDED);
  expect((await told([{ ...resultOf(ENDED), status: 'running' }])).written).toEqual([[ENDED.id, 'success', true]]);
  expect((await told([resultOf(ENDED)])).written).toEqual([]);
  expect((await told([{ ...resultOf(ENDED), run: runId(7) }])).written).toEqual([[ENDED.id, 'success', true]]);
});

it('ends claims of its own of which no run is left, and nobody else’s', async () => {
  const claim = (agent: string) => ({ agent, run: runId(5), deadline: 1 });
  await records.save(runRecord(3, { status: 'waiting', change: CHANGE }));
  const claims: [string, Claim][] = [
    [CHANGE.commit, claim('agent-1')],
    ['b'.repeat(40), claim('agent-1')],
    ['c'.repeat(40), claim('agent-2')],
  ];
  expect(await told([], claims)).toEqual({ written: [], released: ['b'.repeat(40)] });
});
