// The snap, packed by snapd's own packer from a tree that is built as snapcraft.yaml says, and run from what was packed.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addCommit, makeOrigin, subjectsOf, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { installSnap } from '../support/installed-snap.ts';
import { buildSnapTree, type Snapcraft, snapcraft } from '../support/snap-tree.ts';
import { listenTo } from '../support/terminal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const canPack = ['snap', 'mksquashfs', 'unsquashfs'].every(has);
if (!canPack) console.error('snapd or squashfs-tools is absent: THE SNAP IS NOT PACKED');

describe.skipIf(!has('shellcheck'))('the shell of the snap', () => {
  it.each(['hooks', 'local'])('finds nothing to complain of in snap/%s', (folder) => {
    const files = readdirSync(join(ROOT, 'snap', folder)).map((name) => join(ROOT, 'snap', folder, name));
    const { status, stdout } = spawnSync('shellcheck', files, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
    for (const file of files) expect(statSync(file).mode & 0o111).toBe(0o111);
  });
});

describe.skipIf(!canPack)('the snap', () => {
  const { path: directory, remove } = temporaryDirectory();
  let prime: string;
  let snap: ReturnType<typeof installSnap>;
  let meta: Snapcraft & { readonly version: string };

  beforeAll(() => {
    prime = buildSnapTree(directory);
    pack(['--check-skeleton', prime]);
    const told = pack(['--compression=lzo', prime, directory]);
    const [, file = ''] = /^built: (.*)$/m.exec(told) ?? [];
    execFileSync('unsquashfs', ['-no-progress', '-dest', join(directory, 'unpacked'), file], { stdio: 'ignore' });
    snap = installSnap(join(directory, 'unpacked'));
    meta = parse(readFileSync(join(directory, 'unpacked/meta/snap.yaml'), 'utf8')) as typeof meta;
  }, 300_000);

  afterAll(() => {
    snap.remove();
    remove();
  });

  function pack(words: readonly string[]): string {
    return execFileSync('snap', ['pack', ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** An app as snapd would start it. */
  function app(name: string, words: readonly string[]) {
    const [file = '', ...own] = (meta.apps[name]?.command ?? '').split(' ');
    const args = [...own, ...words];
    return { file: join(snap.env.SNAP, file), args, options: { env: snap.env, encoding: 'utf8', cwd: '/' } as const };
  }

  function run(words: readonly string[]) {
    const { file, args, options } = app('spread-cron', words);
    const { status, stdout, stderr } = spawnSync(file, args, options);
    return { status, stdout, stderr };
  }

  it('is refused by the packer where its description is wrong, so that packing it says something', () => {
    const wrong = join(directory, 'wrong');
    mkdirSync(join(wrong, 'meta'), { recursive: true });
    writeFileSync(join(wrong, 'meta/snap.yaml'), 'name: Spread Cron\nversion: 1\n');
    expect(spawnSync('snap', ['pack', '--check-skeleton', wrong]).status).not.toBe(0);
    cpSync(join(prime, 'meta'), join(wrong, 'meta'), { recursive: true });
    mkdirSync(join(wrong, 'bin'));
    writeFileSync(join(wrong, 'bin/spread-cron'), '', { mode: 0o644 });
    expect(spawnSync('snap', ['pack', wrong, directory]).status).not.toBe(0);
  });

  it('has the version of the package, strict confinement, and only what it needs of the machine', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(meta).toMatchObject({ name: 'spread-cron', version, base: 'core24', confinement: 'strict' });
    const plugs = Object.fromEntries(Object.entries(meta.apps).map(([name, { plugs }]) => [name, plugs]));
    expect(plugs).toEqual({ 'spread-cron': ['network', 'network-bind', 'home'], agent: ['network', 'network-bind'] });
    expect(meta.apps).toEqual(snapcraft.apps);
  });

  it('holds every command that it names, the hooks, and nothing that only development needs', () => {
    const commands = Object.values(meta.apps).flatMap((one) =>
      [one.command, one['reload-command']].flatMap((command) =>
        typeof command === 'string' ? [command.split(' ')[0] ?? ''] : [],
      ),
    );
    for (const command of [...commands, 'meta/hooks/configure', 'meta/hooks/install', 'meta/hooks/post-refresh'])
      expect(statSync(join(snap.env.SNAP, command)).mode & 0o111).toBe(0o111);
    const program = join(snap.env.SNAP, 'lib/spread-cron');
    expect(readdirSync(program).sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json', 'resources']);
    expect(existsSync(join(program, 'node_modules/libsql'))).toBe(true);
    for (const name of ['typescript', 'vitest', 'esbuild'])
      expect(existsSync(join(program, 'node_modules', name))).toBe(false);
  });

  it('tells its version', () => {
    if (isRoot) expect(snap.run('install').status).toBe(0);
    expect(run(['--version'])).toEqual({ status: 0, stdout: `${meta.version}\n`, stderr: '' });
  });

  it('checks a repository with what it brings along: Node, git, jq, and the packages beside the bundle', () => {
    const origin = makeOrigin(join(directory, 'origin.git'));
    addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
    const definition = `message: New thing\nextract:\n  - shell: echo '{"a":["1"]}' | jq -c .\n  - jq: .a[0]\n`;
    addCommit(origin, 'thing', { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
    const { status, stdout } = run(['check', '--repository', origin]);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^new {8}thing {2}New thing \(1\) /)]);
    expect(subjectsOf(origin, 'thing')[0]).toBe('New thing (1)');
  });

  it.skipIf(!isRoot)('is an agent once it knows its repository, which the command finds', async () => {
    const origin = join(directory, 'origin.git');
    expect(snap.set(`repository=${origin}`, 'interval=1h').status).toBe(0);
    expect(snap.service()).toEqual({ enabled: true, active: true });
    const { file, args, options } = app('agent', []);
    const agent = listenTo(spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
    await agent.until('watching 1 resource');
    expect(JSON.parse(run(['ping', '--json']).stdout)).toMatchObject({ repository: origin, pid: agent.child.pid });
    expect(snap.set('interval=2h').status).toBe(0);
    const [reload = ''] = String(meta.apps.agent?.['reload-command']).split(' ');
    execFileSync(join(snap.env.SNAP, reload), { env: { ...snap.env, MAINPID: String(agent.child.pid) } });
    await agent.until('configuration read again');
    agent.child.kill('SIGTERM');
    expect((await agent.ended).status).toBe(0);
    expect(readdirSync(snap.path('state'))).toHaveLength(1);
  });

  it.each(['git', 'curl', 'jq'])('finds the libraries and parts of its %s also without its environment', (name) => {
    if (!existsSync(join(snap.env.SNAP, 'usr/bin', name))) return expect(has(name)).toBe(false);
    const traced = spawnSync('sh', ['-x', join(snap.env.SNAP, 'bin', name), '--version'], {
      env: {},
      encoding: 'utf8',
    });
    expect(traced.status).toBe(0);
    expect(traced.stderr).toContain(`exec ${snap.env.SNAP}/usr/bin/${name} --version`);
    const told = spawnSync(join(snap.env.SNAP, 'bin', name), ['--version'], { env: {}, encoding: 'utf8' });
    expect(told.stdout).toMatch(/\d\.\d/);
    if (name !== 'git') return;
    const path = spawnSync(join(snap.env.SNAP, 'bin/git'), ['--exec-path'], { env: {}, encoding: 'utf8' }).stdout;
    expect(path.trim()).toBe(`${snap.env.SNAP}/usr/lib/git-core`);
  });

  it('leaves nothing behind where it is only built', () => {
    rmSync(join(directory, 'unpacked'), { recursive: true, force: true });
    expect(existsSync(join(ROOT, 'snap/prime'))).toBe(false);
  });
});
