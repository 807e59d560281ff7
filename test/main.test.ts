// The built program from outside: how it starts, how it ends, and what it does on a Node that is too old.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from './support/git-origin.ts';
import { PROGRAM, run, start } from './support/terminal.ts';

const { path: directory, remove } = temporaryDirectory();
afterAll(remove);
const env = { PATH: process.env.PATH ?? '', HOME: directory, XDG_RUNTIME_DIR: directory };
const ours = (words: readonly string[]) => run(words, { directory, env });
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('the version', () => {
  it.each(['--version', '-V'])('is told for %s', async (flag) => {
    expect(await ours([flag])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('is told by main.js alone, so that nothing else is loaded for it', () => {
    const alone = join(directory, 'alone');
    mkdirSync(alone);
    copyFileSync(PROGRAM, join(alone, 'main.mjs'));
    const told = spawnSync(process.execPath, [join(alone, 'main.mjs'), '--version'], { env, encoding: 'utf8' });
    expect(told).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  it('is told also between other words', async () => {
    expect((await ours(['--json', '--version'])).stdout).toBe(`${version}\n`);
  });
});

describe('on a Node that is too old', () => {
  it.each([
    ['18.20.4', 2],
    ['20.18.3', 2],
    ['20.19.0', 0],
    ['22.1.0', 0],
  ])('%s ends with %i', (node, status) => {
    const pretend = join(directory, 'pretend.cjs');
    const versions = `{ value: { ...process.versions, node: '${node}' } }`;
    const named = `{ value: 'v${node}' }`;
    writeFileSync(
      pretend,
      `Object.defineProperty(process, 'versions', ${versions});Object.defineProperty(process, 'version', ${named});`,
    );
    const told = spawnSync(process.execPath, ['--require', pretend, PROGRAM, '--version'], { env, encoding: 'utf8' });
    expect(told.status).toBe(status);
    expect(told.stderr).toBe(status === 0 ? '' : `error: spread-cron needs Node 20.19 or newer, this is v${node}\n`);
  });

  it('main.js can be read: nothing in it is newer than what Node 14 knows', () => {
    const text = readFileSync(PROGRAM, 'utf8');
    const format = { minifyWhitespace: true, format: 'esm' } as const;
    const asOld = transformSync(text, { ...format, target: 'node13.2' }).code;
    expect(asOld).toBe(transformSync(text, { ...format, target: 'esnext' }).code);
  });
});

describe('misuse', () => {
  it.each([
    [['chek'], /error: unknown command 'chek'\n\(Did you mean check\?\)\nsee spread-cron --help\n/],
    [
      ['check', '--dry-rum'],
      /error: unknown option '--dry-rum'\n\(Did you mean --dry-run\?\)\nsee spread-cron check --help/,
    ],
    [['try'], /error: missing required argument 'NAME\|FILE'/],
    [['status', '-q', '-v'], /error: option '-q, --quiet' cannot be used with option '-v, --verbose'/],
    [['add-resource', 'x', '--layout', 'root'], /Allowed choices are branch, central/],
    [['add-resource', 'x', '--file', 'f', '--message', 'm'], /cannot be used with/],
    [['render', 'x'], /error: unknown command 'render'/],
    [[], /^Usage: spread-cron COMMAND/],
    [['config'], /^Usage: spread-cron config/],
  ])('%j is status 2 and tells what is meant', async (words, told) => {
    const { status, stdout, stderr } = await ours(words);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(told);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('shows escapes of an argument instead of obeying them', async () => {
    expect((await ours(['\u001b[2Jcheck'])).stderr).toContain('\\e[2Jcheck');
  });

  it('outside of a clone tells the three ways to name a repository', async () => {
    const { status, stderr } = await ours(['status']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: .*--repository URL.*SPREAD_CRON_REPOSITORY.*inside a clone.*\n$/);
  });

  it('of the environment is told by name', async () => {
    const told = await run(['config', 'show'], { directory, env: { ...env, SPREAD_CRON_INTERVALL: '5m' } });
    expect(told.status).toBe(2);
    expect(told.stderr).toMatch(/SPREAD_CRON_INTERVALL.*SPREAD_CRON_INTERVAL/);
  });
});

describe('help', () => {
  const COMMANDS = [
    'init',
    'watch',
    'catalogue',
    'add-resource',
    'remove-resource',
    'start',
    'check',
    'try',
    'status',
    'history',
    'run',
    'runs',
    'show',
    'logs',
    'cancel',
    'retry',
    'validate',
    'doctor',
    'config',
    'agent',
    'ping',
    'install',
    'uninstall',
    'completion',
  ];

  it('lists the commands that there are, and no other', async () => {
    const { stdout } = await ours(['--help']);
    const listed = stdout.split('Commands:\n')[1]?.split('\n\n')[0] ?? '';
    expect([...listed.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name)).toEqual([...COMMANDS, 'help']);
  });

  it.each(COMMANDS)('of %s has examples and the common flags', async (command) => {
    const { status, stdout } = await ours([command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\nExamples:\n {2}\S/);
    expect(stdout).toContain('--repository <URL|PATH>');
  });
});

describe('a reader that goes away', () => {
  it('ends the program quietly', async () => {
    const { child, ended } = start(['config', 'show'], { directory, env });
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s is a script that calls the program', async (shell) => {
    const { status, stdout } = await ours(['completion', shell]);
    expect(status).toBe(0);
    expect(stdout).toContain('spread-cron complete --');
  });

  it('is a script that bash can read', async () => {
    const { stdout } = await ours(['completion', 'bash']);
    expect(spawnSync('bash', ['-n'], { input: stdout }).status).toBe(0);
  });

  it('gives commands, flags of a command with the common ones, and shells', async () => {
    const suggested = async (words: readonly string[]) =>
      (await ours(['complete', '--', ...words])).stdout.split('\n').map((line) => line.split('\t')[0]);
    expect(await suggested(['st'])).toEqual(['start', 'status', ':4', '']);
    expect(await suggested(['check', '--'])).toEqual(expect.arrayContaining(['--dry-run', '--repository', '--json']));
    expect(await suggested(['catalogue', 'core-s'])).toEqual(['core-snap', ':4', '']);
    expect(await suggested(['add-resource', '--from', 'core-s'])).toContain('core-snap');
    expect(await suggested(['completion', ''])).toEqual(['bash', 'zsh', 'fish', ':4', '']);
  });

  it('refuses shells that it does not know', async () => {
    expect((await ours(['completion', 'tcsh'])).status).toBe(2);
  });
});
