// A repository of the size of a real one: 34 branches in the central layout with thousands of change commits.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusLine } from '../../src/pipeline/show/status.ts';
import { temporaryDirectory } from '../support/git-origin.ts';
import { buildRepository } from '../support/synthetic-repository.ts';
import { longHistories } from '../support/synthetic-resources.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const run = promisify(execFile);

const home = temporaryDirectory();
const origin = join(home.path, 'origin.git');
const histories = longHistories({ branches: 34, changes: 500 });

beforeAll(() => buildRepository(origin, { layout: 'central', resources: histories.map(({ resource }) => resource) }));
afterAll(() => home.remove());

async function spreadCron(...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: home.path, XDG_RUNTIME_DIR: home.path };
  const state = join(home.path, 'state');
  const all = [MAIN, ...args, '--repository', origin, '--state-dir', state];
  return (await run(process.execPath, all, { env, maxBuffer: 1 << 28 })).stdout;
}

const lines = <T>(text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

describe('a repository with 17,000 change commits', () => {
  it.each(['cold', 'warm'])('has the right last value of every branch in its status, %s', async () => {
    const status = lines<StatusLine>(await spreadCron('status', '--json'));
    const values = Object.fromEntries(status.map(({ resource, value }) => [resource, value]));
    expect(values).toEqual(Object.fromEntries(histories.map(({ resource, value }) => [resource.name, value])));
    expect(new Set(status.map(({ layout, state }) => `${layout} ${state}`))).toEqual(new Set(['central ok']));
  });

  it('tells a whole history, less the commits of other messages', async () => {
    const [first] = histories;
    const name = first?.resource.name ?? '';
    const history = lines<{ value: string; message: string }>(
      await spreadCron('history', name, '--json', '-n', '1000'),
    );
    expect(history.length).toBeGreaterThan(400);
    expect(history[0]?.value).toBe(first?.value);
    expect(new Set(history.map(({ message }) => message.trimEnd())).size).toBe(1);
  });
});
