// The signals of a real process: what the door makes of each, one after the other.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/git-origin.ts';

const { path: directory, remove } = temporaryDirectory();
afterAll(remove);
const door = join(directory, 'signals.mjs');

/** Says what it hears, and works until it is ended or told to cancel with `obedient`. */
const script = (how: 'stopInSteps' | 'stopOnSignals', manners: 'obedient' | 'stubborn') => `
  import { ${how} } from ${JSON.stringify(door)};
  const work = setInterval(() => {}, 1000);
  const last = (status) => process.exit(status);
  const stopping = ${how}({ onFirst: () => {}, onSecond: last, onLast: last });
  stopping.signal.addEventListener('abort', () => console.log('stop' + (stopping.cancel.aborted ? ' and cancel' : '')));
  stopping.cancel.addEventListener('abort', () => {
    console.log('cancel');
    if (${JSON.stringify(manners)} === 'obedient') clearInterval(work);
  });
  console.log('ready');
`;

beforeAll(() => {
  const source = readFileSync(fileURLToPath(new URL('../../src/system/signals.ts', import.meta.url)), 'utf8');
  writeFileSync(door, transformSync(source, { loader: 'ts', format: 'esm' }).code);
});

/** Sends each signal once the line before it was said; what was said in all, and how the process ended. */
async function conversation(text: string, turns: readonly (readonly [heard: string, answer: NodeJS.Signals])[]) {
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const said: string[] = [];
  const left = [...turns];
  if (child.stdout === null) throw new Error('the child has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (left[0]?.[0] === line) child.kill(left.shift()?.[1]);
  }
  const [status] = (await ended) as [number | null];
  return { said, status };
}

it('work in steps ends by itself after SIGINT and SIGTERM', async () => {
  const { said, status } = await conversation(script('stopInSteps', 'obedient'), [
    ['ready', 'SIGINT'],
    ['stop', 'SIGTERM'],
  ]);
  expect(said).toEqual(['ready', 'stop', 'cancel']);
  expect(status).toBe(0);
});

it('work in steps that does not end is ended by a third signal', async () => {
  const { said, status } = await conversation(script('stopInSteps', 'stubborn'), [
    ['ready', 'SIGINT'],
    ['stop', 'SIGINT'],
    ['cancel', 'SIGINT'],
  ]);
  expect(said).toEqual(['ready', 'stop', 'cancel']);
  expect(status).toBe(130);
});

it('SIGTERM cancels work in steps at once', async () => {
  const { said, status } = await conversation(script('stopInSteps', 'obedient'), [['ready', 'SIGTERM']]);
  expect(said).toEqual(['ready', 'cancel', 'stop and cancel']);
  expect(status).toBe(0);
});

it('everything else is stopped by the first signal and ended by the second', async () => {
  const { said, status } = await conversation(script('stopOnSignals', 'stubborn'), [
    ['ready', 'SIGINT'],
    ['stop and cancel', 'SIGTERM'],
  ]);
  expect(said).toEqual(['ready', 'cancel', 'stop and cancel']);
  expect(status).toBe(143);
});
