// The page of the deployment against what there is: its commands are carried out as they stand, in a home of their own.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addInstall, type InstallOptions, runInstall } from '../../src/cli/commands/install.ts';
import { addUninstall, runUninstall, type UninstallOptions } from '../../src/cli/commands/uninstall.ts';
import type { InstallDoors } from '../../src/cli/install/doors.ts';
import type { Runtime } from '../../src/cli/runtime.ts';
import { createOutput } from '../../src/cli/terminal/output.ts';
import { createProcesses } from '../../src/system/process/processes.ts';
import { temporaryDirectory } from '../support/git-origin.ts';
import { CONFIG, loadGiven, standIn, standInCrontab } from '../support/install-standpoint.ts';
import { installSnap } from '../support/installed-snap.ts';
import { codeBlocks } from '../support/markdown.ts';
import { saidTo } from '../support/said-words.ts';
import { exchangesOf, matchesTranscript } from '../support/transcript.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.error('not root: WHAT THE DEPLOYMENT PAGE SAYS OF SERVICES AND THE SNAP IS NOT CARRIED OUT');
const page = readFileSync(join(ROOT, 'snap/README.md'), 'utf8');
const blocks = codeBlocks(page);
const { path: home, remove } = temporaryDirectory();
afterAll(remove);

it('no command on the page goes without a test', () => {
  const commands = blocks.filter(({ language }) => ['sh', 'console', 'ini'].includes(language));
  // those of containers are carried out in container.test.ts
  const marks = ['snap', 'install', 'container'];
  expect(commands.filter(({ info }) => !marks.some((mark) => info.has(mark))).map(({ line }) => line)).toEqual([]);
  for (const mark of marks) expect(commands.some(({ info }) => info.has(mark))).toBe(true);
});

describe('install and uninstall', () => {
  const programs = join(home, 'programs');
  standInCrontab(programs, join(home, 'crontab'));
  for (const name of ['systemctl', 'systemd-sysusers']) standIn(programs, name, ':');
  /** A machine in `home`, whose paths are shown as if it were the whole machine. */
  const doors: InstallDoors = {
    node: '/usr/bin/node',
    program: '/usr/lib/node_modules/spread-cron/dist/main.js',
    directory: home,
    environment: { PATH: `${programs}:/usr/bin:/bin`, HOME: join(home, 'home/ada') },
    processes: createProcesses(),
    system: { manager: 'system', units: join(home, 'etc/systemd/system'), sysusers: join(home, 'etc/sysusers.d') },
  };

  /** Words of the command line as the program reads them; both of its streams, as lines. */
  async function say(line: string): Promise<readonly string[]> {
    let written = '';
    const stream = {
      write(text: string | Uint8Array) {
        written += String(text);
        return true;
      },
    };
    const output = createOutput({
      streams: { stdout: stream, stderr: stream },
      format: 'human',
      level: 'normal',
      variables: {},
      redact: (text) => text,
    });
    const tools = { output, signal: new AbortController().signal };
    const program = new Command('spread-cron').option('--config <FILE>');
    // the program's own flags; what they do is done on the machine in `home`
    const [install, uninstall] = [addInstall, addUninstall].map((add) => {
      add(program, {} as Runtime);
      return program.commands.at(-1);
    });
    install?.action(async (options: InstallOptions) => {
      await runInstall(options, await loadGiven({ flags: { interval: options.interval } }), tools, doors);
    });
    uninstall?.action(async (options: UninstallOptions) => {
      await runUninstall(options, tools, doors);
    });
    const [name, ...words] = line.replace(/^sudo /, '').split(' ');
    expect(name).toBe('spread-cron');
    await program.parseAsync(words, { from: 'user' });
    const { config } = program.opts<{ config?: string }>();
    expect([undefined, CONFIG]).toContain(config);
    return written.replaceAll(`${programs}:`, '').replaceAll(home, '').trimEnd().split('\n');
  }

  const shown = blocks.filter(({ info }) => info.has('install'));
  // in order: what is installed further up is what is removed further down
  for (const { text, line } of shown)
    it.skipIf(!isRoot && text.includes('$ sudo '))(`say what is shown at line ${line}`, async () => {
      for (const { command, expected } of exchangesOf(text)) {
        const actual = await say(command);
        if (!matchesTranscript(expected, actual)) expect([command, ...actual]).toEqual([command, ...expected]);
      }
    });
});

describe.skipIf(!isRoot)('snap set', () => {
  it('takes the options as they are shown, from the first to the last', () => {
    const snap = installSnap();
    try {
      writeFileSync(join(home, 'token'), 'ghp_1234\n');
      const script = blocks.filter(({ info }) => info.has('snap')).map(({ text }) => text);
      for (const [program, verb, name, ...words] of saidTo(['snap', 'spread-cron'], script.join(''), home)) {
        if (program === 'spread-cron') expect([verb, name]).toEqual(['status', undefined]);
        else if (verb === 'install') expect(snap.run('install').status).toBe(0);
        else {
          expect([verb, name]).toEqual(['set', 'spread-cron']);
          expect(snap.set(...words)).toMatchObject({ status: 0, stderr: '' });
        }
      }
      expect(snap.service()).toEqual({ enabled: true, active: true });
      expect([snap.read('token'), snap.has('password')]).toEqual(['ghp_1234\n', false]);
      expect(parse(snap.read('agent.yaml'))).toEqual({
        state_dir: snap.path('state'),
        repository: 'https://git.example.com/team/resources.git',
        credentials: { token: { file: snap.path('token') } },
        interval: '15m',
        heartbeat_url: 'https://alive.example.com/spread-cron',
        on_event: [
          { url: 'https://chat.example.com/hooks/abc' },
          { url: 'https://chat.example.com/hooks/ops', events: ['failing'] },
        ],
        runner: 'local',
        runs: { at_a_time: 4 },
      });
    } finally {
      snap.remove();
    }
  });
});
