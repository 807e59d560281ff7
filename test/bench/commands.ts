// Whole processes, as a cron job or a person starts them: the start of the command itself, and one check of 1,000 pages
// beside urlwatch, where it is installed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './child.ts';
import { commandContender, ourCheck, type RoundFigures } from './contender.ts';
import { assertLanded, type World } from './world.ts';

export interface Pair {
  readonly ours: readonly RoundFigures[];
  readonly other: readonly RoundFigures[];
}

/** `--version` of the built command against a Node that does nothing, each started in turn. */
export async function measureStart(world: World, repetitions: number): Promise<Pair> {
  const ours: RoundFigures[] = [];
  const other: RoundFigures[] = [];
  for (let turn = 0; turn <= repetitions; turn += 1) {
    const bare = await timeStart(world, ['-e', '0']);
    const version = await timeStart(world, [join(ROOT, 'dist/main.js'), '--version']);
    // The first start of each reads its files from the disk.
    if (turn === 0) continue;
    other.push(bare);
    ours.push(version);
  }
  return { ours, other };
}

/** Finer than bash's milliseconds, which matter here. */
async function timeStart(world: World, args: readonly string[]): Promise<RoundFigures> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { env: world.env, stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
  return { ms, cpuMs: 0, changed: null, rss: null };
}

/** `check` against urlwatch over the same pages, nothing changed; undefined where there is no urlwatch. */
export async function measureUrlwatch(world: World, count: number, repetitions: number): Promise<Pair | undefined> {
  const urlwatch = await findUrlwatch();
  if (urlwatch === undefined) return undefined;
  const origin = await world.makeOrigin({ count, source: 'http', transport: 'http' });
  const directory = join(origin.scratch, 'urlwatch');
  await mkdir(directory);
  const pages = Array.from({ length: count }, (_, index) => `name: item ${index}\nurl: ${world.web}/value/${index}\n`);
  await writeFile(join(directory, 'urls.yaml'), pages.join('---\n'));
  await writeFile(join(directory, 'config.yaml'), 'report:\n  stdout:\n    enabled: true\n');
  await writeFile(join(directory, 'hooks.py'), '');
  const files = Object.entries({ urls: 'urls.yaml', config: 'config.yaml', hooks: 'hooks.py', cache: 'cache.db' });
  const options = files.map(([option, name]) => `--${option}=${join(directory, name)}`);
  const contenders = [ourCheck(world, origin), commandContender('urlwatch', [urlwatch, ...options], world)];
  await world.setGeneration(0);
  const samples: RoundFigures[][] = [[], []];
  try {
    for (let turn = 0; turn <= repetitions; turn += 1) {
      for (const [index, contender] of contenders.entries()) {
        await world.takeRequests();
        const figures = await contender.round();
        const requests = await world.takeRequests();
        if (requests !== count) throw new Error(`${contender.name} read ${requests} pages instead of ${count}`);
        // The first round fills caches.
        if (turn > 0) samples[index]?.push(figures);
      }
    }
    await assertLanded(origin, 0, 0);
  } finally {
    await world.removeOrigin(origin);
  }
  return { ours: samples[0] ?? [], other: samples[1] ?? [] };
}

async function findUrlwatch(): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(':')) {
    const path = join(directory, 'urlwatch');
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
