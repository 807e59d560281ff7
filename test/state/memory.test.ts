import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dryMemory, openMemory } from '../../src/state/memory.ts';
import { temporaryDirectory } from '../support/git-origin.ts';

let home: ReturnType<typeof temporaryDirectory>;
let path: string;
let warnings: string[];
const open = () =>
  openMemory(path, { warn: (line) => void warnings.push(line), info: () => {}, debug: () => {} }, () => 'drawn');

beforeEach(() => {
  home = temporaryDirectory();
  path = join(home.path, 'state', 'memory.json');
  warnings = [];
});
afterEach(() => home.remove());

const FAILING = {
  since: 1,
  times: 3,
  lastError: { reason: 'no-match' as const, message: 'nothing matches', step: '2 json' },
  told: true,
};
const REMEMBERED = { failing: FAILING, pending: { value: '2', times: 1 }, vouched: null, unpushed: '2', checkedAt: 5 };

describe('what an agent remembers', () => {
  it('is there again in the next process', async () => {
    const memory = await open();
    expect(memory.isEmpty()).toBe(true);
    memory.remember('core', REMEMBERED);
    memory.remote.set(FAILING);
    await memory.save();
    expect(memory.isEmpty()).toBe(false);
    const next = await open();
    expect(next.isEmpty()).toBe(false);
    expect(next.agentId).toBe('drawn');
    expect(next.resource('core')).toEqual(REMEMBERED);
    expect(next.remote.get()).toEqual(FAILING);
  });

  it('is written only where something changed', async () => {
    const memory = await open();
    memory.remember('core', REMEMBERED);
    await memory.save();
    writeFileSync(path, 'somebody wrote here');
    memory.remember('core', { ...REMEMBERED });
    await memory.save();
    expect(readFileSync(path, 'utf8')).toBe('somebody wrote here');
  });

  it('forgets resources that have gone, and those of which nothing is worth remembering', async () => {
    const memory = await open();
    memory.remember('gone', REMEMBERED);
    memory.remember('well', REMEMBERED);
    memory.remember('well', { failing: null, pending: null, vouched: null, unpushed: null, checkedAt: null });
    memory.keepOnly(new Set(['well']));
    await memory.save();
    expect(JSON.parse(readFileSync(path, 'utf8')).resources).toEqual({});
  });

  it.each(['', '{', '[]', '{"version":2}', '{"version":1,"agentId":1}'])(
    'begins anew where the file is %j, and says so',
    async (text) => {
      const memory = await open();
      await memory.save();
      writeFileSync(path, text);
      const next = await open();
      expect(next.isEmpty()).toBe(true);
      expect(warnings).toEqual([expect.stringContaining('is damaged')]);
    },
  );

  it('is left as it is by a dry run', async () => {
    const memory = await open();
    const dry = dryMemory(memory);
    dry.remember('core', REMEMBERED);
    dry.remote.set(FAILING);
    await dry.save();
    expect([memory.resource('core').failing, memory.remote.get()]).toEqual([null, null]);
  });
});
