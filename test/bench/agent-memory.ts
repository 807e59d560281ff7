// The memory of the agent itself, as its users run it: the built command, polling once a second, watched from outside.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './child.ts';
import { assertLanded, type World } from './world.ts';

/** Rounds in which nothing and in which everything has changed, before memory is read. */
const QUIET_ROUNDS = 8;
const CHANGED_ROUNDS = 3;

/** Resident memory of the agent in bytes after a few rounds of both kinds over `count` resources. */
export async function measureAgent(world: World, count: number): Promise<number> {
  const origin = await world.makeOrigin({ count, source: 'http', transport: 'http' });
  await world.setGeneration(0);
  const options = ['--repository', origin.remote, '--state-dir', join(origin.scratch, 'state')];
  const command = [join(ROOT, 'dist/main.js'), 'agent', '--json', '--quiet', '--interval', '1s', ...options];
  const agent = spawn(process.execPath, command, { env: world.env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(agent, 'exit').then(([code]) => {
    throw new Error(`the agent ended with ${code}`);
  });
  // Nobody waits for it once it is to end; before that every wait below does.
  ended.catch(() => undefined);
  const outcomes = createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
  // The agent prints one object per resource and round.
  const round = async (): Promise<number> => {
    let changed = 0;
    for (let seen = 0; seen < count; seen += 1) {
      const { value } = await Promise.race([outcomes.next(), ended]);
      const { outcome } = JSON.parse(value) as { readonly outcome: string };
      if (outcome === 'failed') throw new Error(`a resource failed: ${value}`);
      if (outcome === 'changed') changed += 1;
    }
    return changed;
  };
  try {
    for (let turn = 0; turn < QUIET_ROUNDS; turn += 1) await round();
    for (let generation = 1; generation <= CHANGED_ROUNDS; generation += 1) {
      await world.setGeneration(generation);
      // The values may change in the middle of a round, which the next one then completes.
      for (let changed = 0; changed < count; ) changed += await round();
      await assertLanded(origin, generation * count, generation);
    }
    return residentMemory(agent.pid ?? 0);
  } finally {
    agent.kill('SIGTERM');
    await ended.catch(() => undefined);
    await world.removeOrigin(origin);
  }
}

/** In bytes: from the kernel, or where it has no such file from `ps`. */
function residentMemory(pid: number): number {
  const status = `/proc/${pid}/status`;
  const kilobytes = existsSync(status)
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(kilobytes) * 1024;
}
