import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords } from '../../src/record/open-records.ts';
import { systemClock } from '../../src/system/clock.ts';
import { describeRecords } from '../contract/records.ts';

describeRecords('in an embedded database', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'spread-cron-records-'));
  const open = () =>
    openRecords({
      path: join(directory, 'records.db'),
      log: { warn: () => {}, info: () => {}, debug: () => {} },
      clock: systemClock,
      program: '1.0.0',
    });
  const records = await open();
  return {
    records,
    reopen: open,
    remove: async () => {
      await records.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
});
