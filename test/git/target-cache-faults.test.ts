// What goes wrong while a target is cloned: each is told by name, and the next run starts from a sound cache.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import { createGitProgress } from '../../src/git/target/progress.ts';
import { failureOf } from '../support/failures.ts';
import { compileProgram, type Program } from '../support/git-child.ts';
import { addCommit, git } from '../support/git-origin.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { makeTargetWorld, storesIn, type TargetWorld } from '../support/target-world.ts';

let world: TargetWorld;
beforeEach(async () => {
  world = await makeTargetWorld();
});
afterEach(() => world.close());

const store = () => storesIn(world.caches)[0] ?? '';

/** A file that is too large for one packet. */
function addLargeFile(kilobytes = 2000): void {
  addCommit(world.origin, 'main', { files: { large: randomBytes(kilobytes * 512).toString('hex') } });
}

async function expectSound(repository = world.url): Promise<void> {
  const target = await world.checkout({ repository });
  expect(git(target, ['rev-parse', 'HEAD'])).toBe(git(world.origin, ['rev-parse', 'main']));
  expect(git(target, ['status', '--porcelain'])).toBe('');
  git(target, ['fsck', '--full']);
  git(store(), ['fsck', '--full']);
  const packs = readdirSync(join(store(), 'objects/pack'));
  expect(packs.filter((name) => !/^pack-[0-9a-f]{40}\.(?:pack|idx|rev)$/.test(name))).toEqual([]);
}

describe('a target', () => {
  it('that is away is unreachable', async () => {
    await world.server.close();
    expect(await failureOf(world.checkout())).toMatchObject({ reason: 'unreachable', details: { url: world.url } });
  });

  it('that does not exist is not found', async () => {
    for (const repository of [`${world.server.url}/none.git`, join(world.path, 'none.git')])
      expect(await failureOf(world.checkout({ repository }))).toMatchObject({ reason: 'not-found' });
  });

  it('that wants credentials is told, and cloned with those of its host', async () => {
    const closed = await makeTargetWorld({ login: { username: 'user', password: 'hunter2' } });
    try {
      const failure = await failureOf(closed.checkout());
      expect(failure).toMatchObject({ reason: 'authentication-failed' });
      expect(JSON.stringify(failure)).not.toContain('hunter2');
      const credentialsOf = () => ({ username: 'user', password: 'hunter2' });
      for (const filter of [null, 'blob:none']) {
        const target = await closed.checkout({ filter }, closed.cache({ credentialsOf }));
        expect(git(target, ['status', '--porcelain'])).toBe('');
        expect(git(target, ['config', '--list'])).not.toContain('hunter2');
      }
      expect(closed.told.join('\n')).not.toContain('hunter2');
    } finally {
      await closed.close();
    }
  });

  it.each([10, 1000, 100_000])('whose answer breaks off after %i bytes is unreachable', async (bytes) => {
    addLargeFile();
    // the first request lists, the second negotiates or sends the pack
    for (const match of [/POST/, /info\/refs/]) {
      world.server.fail({ kind: 'truncate', bytes, match }, { kind: 'truncate', bytes, match });
      world.server.fail({ kind: 'truncate', bytes, match }, { kind: 'truncate', bytes, match });
      const outcome = await world.checkout().then(
        () => null,
        (error: unknown) => error,
      );
      if (outcome !== null)
        expect(outcome).toMatchObject({ reason: expect.stringMatching(/^(?:unreachable|not-found)$/) });
    }
    for (let left = 0; left < 8; left++) await world.checkout().catch(() => {});
    await expectSound();
  });

  it('is cancelled in the middle of a clone, and cloned by the next run', async () => {
    addLargeFile();
    const stop = new AbortController();
    world.server.onRequest = (request) => {
      if (request.method === 'POST' && world.server.requests.length > 3) stop.abort(new Failure('cancelled', 'enough'));
    };
    const cache = world.cache();
    expect(await failureOf(world.checkout({}, cache, stop.signal))).toMatchObject({ message: 'enough' });
    expect(existsSync(join(world.path, 'runs/1/target'))).toBe(false);
    world.server.onRequest = null;
    await expectSound();
  });

  it('whose server is killed in the middle of the pack is unreachable, and cloned once it is back', async () => {
    addLargeFile();
    const way = await startWay(world.server.port);
    try {
      const repository = `${way.url}/target.git`;
      way.limit = 200_000;
      expect(await failureOf(world.checkout({ repository }))).toMatchObject({
        reason: 'unreachable',
        details: { git_said: expect.not.stringContaining('Counting') },
      });
      way.limit = Number.POSITIVE_INFINITY;
      await expectSound(repository);
    } finally {
      await way.close();
    }
  });
});

describe('two runs at once', () => {
  it('share one clone, and the second says for whom it waits', async () => {
    addLargeFile();
    const cache = world.cache();
    const targets = await Promise.all([world.checkout({}, cache), world.checkout({}, world.cache()), world.checkout()]);
    for (const target of targets) expect(git(target, ['status', '--porcelain'])).toBe('');
    expect(world.told.join('\n')).toMatch(/waits for process \d+, which fetches http/);
    const fetches = world.server.requests.filter((line) => line.startsWith('POST')).length;
    // one listing each, and one clone of two requests
    expect(fetches).toBeLessThanOrEqual(3 + 2);
  });
});

describe('a disk that is full', () => {
  const isRoot = process.getuid?.() === 0;
  let mount: string | null = null;
  beforeEach(() => {
    if (!isRoot) return;
    const place = mkdtempSync(join(tmpdir(), 'spread-cron-full-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { stdio: 'ignore' });
      mount = place;
    } catch {
      rmSync(place, { recursive: true });
    }
  });
  afterEach(() => {
    if (mount === null) return;
    execFileSync('umount', [mount]);
    rmSync(mount, { recursive: true });
    mount = null;
  });

  it.each(['where the cache is', 'where the target is'])('%s is told, and works once there is space', async (where) => {
    if (mount === null) {
      process.stderr.write('NOT TESTED: a full disk while cloning needs root and the right to mount\n');
      return;
    }
    addLargeFile(3000);
    const isCache = where === 'where the cache is';
    const cache = world.cache(isCache ? { directory: join(mount, 'caches') } : {});
    const place = isCache ? world.place() : join(mount, 'target');
    const checkout = () =>
      cache.checkout(
        { repository: world.url, ref: null, depth: null, filter: null, sparse: [], submodules: false, lfs: false },
        place,
        () => {},
        new AbortController().signal,
      );
    expect(await failureOf(checkout())).toMatchObject({
      reason: 'not-writable',
      message: expect.stringContaining('free some space'),
    });
    expect(existsSync(place)).toBe(false);
    execFileSync('mount', ['-o', 'remount,size=64m', mount]);
    await checkout();
    expect(git(place, ['status', '--porcelain'])).toBe('');
    expect(world.warnings).toEqual([]);
  });
});

describe('a cache', () => {
  it.each([
    ['a pack that is cut short', (pack: string) => truncateSync(pack, 100)],
    ['a pack that is gone', (pack: string) => rmSync(pack)],
    ['an index that is gone', (pack: string) => rmSync(pack.replace(/pack$/, 'idx'))],
    [
      'a pack with other bytes in it',
      (pack: string) => {
        const bytes = readFileSync(pack);
        rmSync(pack);
        writeFileSync(pack, bytes.fill(0x55, 20, bytes.length - 30));
      },
    ],
    ['refs that make no sense', () => writeFileSync(join(store(), 'packed-refs'), 'garbage')],
    ['a HEAD that is gone', () => rmSync(join(store(), 'HEAD'))],
    ['no objects', () => rmSync(join(store(), 'objects'), { recursive: true })],
    ['a config that makes no sense', () => writeFileSync(join(store(), 'config'), '[[[')],
  ] as const)('with %s is made anew', async (_what, damage) => {
    await world.checkout();
    const pack = readdirSync(join(store(), 'objects/pack')).find((name) => name.endsWith('.pack')) ?? '';
    damage(join(store(), 'objects/pack', pack));
    await expectSound();
    addCommit(world.origin, 'main', { message: 'more' });
    await expectSound();
  });

  it('that is damaged is told of, in the log and in the run', async () => {
    await world.checkout();
    writeFileSync(join(store(), 'packed-refs'), 'garbage');
    await world.checkout();
    expect(world.warnings).toEqual([`the cache of ${world.url} is damaged and cloned anew`]);
    expect(world.told.join('\n')).toContain('cloned anew');
  });

  it('with locks and halves of packs that a killed git left works, and they are gone', async () => {
    await world.checkout();
    addCommit(world.origin, 'main', { message: 'more' });
    for (const path of ['packed-refs.lock', 'HEAD.lock', 'config.lock', 'shallow.lock', 'refs/heads/main.lock'])
      writeFileSync(join(store(), path), '');
    const pack = join(store(), 'objects/pack');
    for (const name of ['tmp_pack_AbCdEf', '.tmp-77-pack-1.pack', 'pack-1.keep'])
      writeFileSync(join(pack, name), 'half');
    mkdirSync(join(store(), 'objects/incoming-x'));
    await expectSound();
    expect(existsSync(join(store(), 'refs/heads/main.lock'))).toBe(false);
    expect(existsSync(join(store(), 'objects/incoming-x'))).toBe(false);
  });
});

describe('kill -9', () => {
  let program: Program;
  beforeEach(async () => {
    program = await compileProgram(`
      import { createGitCommand } from './src/git/git-command.ts';
      import { createTargetCache } from './src/git/target-cache.ts';
      import { createProcesses } from './src/system/process/processes.ts';
      import { systemClock } from './src/system/clock.ts';
      import { createHttpClient } from './src/system/http/client.ts';
      const [directory, repository, place] = process.argv.slice(2);
      const env = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== undefined));
      const http = createHttpClient({ clock: systemClock, userAgent: 't', privateAddresses: 'allow', env: {} });
      const log = { warn() {}, info() {}, debug() {} };
      const cache = createTargetCache({ directory, git: createGitCommand(createProcesses(), env), http, log, clock: systemClock });
      const whole = { ref: null, depth: null, filter: null, sparse: [], submodules: false, lfs: false };
      await cache.checkout({ repository, ...whole }, place, () => {}, new AbortController().signal);
      console.log('done');
      await http.close();
    `);
  });
  afterEach(() => program.remove());

  it('in the middle of a fetch leaves a cache that the next run can use', async () => {
    const way = await startWay(world.server.port);
    const repository = `${way.url}/target.git`;
    way.how = 'holds';
    try {
      for (let round = 1; round <= 4; round++) {
        addLargeFile();
        way.limit = 100_000 * round;
        const running = program.start([world.caches, repository, world.place()]);
        await way.stuck();
        await appearance(join(store(), 'objects/pack'), /^tmp_pack/);
        running.kill();
        expect(await running.ended).toBe('SIGKILL');
        way.limit = Number.POSITIVE_INFINITY;
        // every other time the git that was left behind still waits for its answer
        if (round % 2 === 0) way.cut();
        await expectSound(repository);
      }
      const finished = program.start([world.caches, repository, world.place()]);
      expect(await finished.line()).toBe('done');
      expect(await finished.ended).toBe(0);
    } finally {
      await way.close();
    }
  });
});

describe('the progress of a long clone', () => {
  it('is told in steps that can be read, and of a quick one only its end', () => {
    const clock = createManualClock();
    const lines: string[] = [];
    const take = createGitProgress((line) => lines.push(line), clock);
    const feed = (text: string) => take(new TextEncoder().encode(text));
    feed('remote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\n');
    for (let percent = 0; percent <= 99; percent++) {
      feed(`Receiving objects: ${String(percent).padStart(3)}% (${percent}/100), 1.00 MiB | 1.00 MiB/s\r`);
      clock.advance(250);
    }
    feed('Receiving objects: 100% (100/100), 2.0');
    feed('0 MiB | 1.00 MiB/s, done.\nFrom https://example.com/x\n * [new branch] main -> main\n');
    expect(lines.map((line) => line.replace(/ \(.*/, ''))).toEqual([
      ...[10, 20, 30, 40, 50, 60, 70, 80, 90].map((percent) => `Receiving objects:  ${percent}%`),
      'Receiving objects: 100%',
    ]);
  });
});

/** Resolves when a directory has an entry of such a name. */
function appearance(directory: string, name: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!readdirSync(directory).some((entry) => name.test(entry))) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(directory, look);
    look();
  });
}

/** Passes connections on to a port; one that has brought more than the limit is cut, or brings nothing more. */
async function startWay(port: number) {
  const sockets = new Set<Socket>();
  let waiting: (() => void)[] = [];
  const way = {
    url: '',
    limit: Number.POSITIVE_INFINITY,
    how: 'cuts' as 'cuts' | 'holds',
    /** Resolves when the next connection has reached the limit. */
    stuck: () => new Promise<void>((resolve) => waiting.push(resolve)),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      way.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let sent = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      if (sent <= way.limit) {
        client.write(chunk);
        return;
      }
      upstream.pause();
      // what came before the limit has arrived, and git has begun its pack
      const end = () => {
        for (const resolve of waiting) resolve();
        waiting = [];
        if (way.how === 'cuts') client.destroy();
      };
      client.write(chunk, () => end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  way.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return way;
}
