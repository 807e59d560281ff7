// The demonstration as a visitor runs it: the bundle that `npm run demo` makes, until something has changed, then Ctrl-C.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesMentioning } from '../support/processes.ts';
import { TOLD } from './resources.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A run of the resource whose history ends the story. */
const RAN = new RegExp(`^run [0-9a-f]+ of ${TOLD}: (?:success|failed)`);

let temporary = '';
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

/** The bundler's call of the script `demo`, as it stands in package.json. */
function bundleDemo(): string {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { demo: string };
  };
  const command = scripts.demo.split('&&').find((part) => part.trim().startsWith('esbuild')) ?? '';
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
  execFileSync('sh', ['-c', command], { cwd: ROOT, env: { ...process.env, PATH: path } });
  return join(ROOT, 'dist/demo/main.js');
}

describe('the demonstration', () => {
  it('records what changes, runs a suite for it, tells both in the end, and leaves nothing behind', async () => {
    const demo = spawn(process.execPath, [bundleDemo()], {
      env: { ...process.env, TMPDIR: temporary, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(demo, 'exit');
    let narration = '';
    let log = '';
    for (const stream of [demo.stdout, demo.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        narration += `${line}\n`;
        const command = /git --git-dir=\S+ log .*$/.exec(line)?.[0];
        if (command !== undefined) log = command;
        // The agent's own words for a run that ended: the first one of the resource that is told about is enough.
        if (log !== '' && RAN.test(line) && demo.exitCode === null) demo.emit('seen');
      });
    }
    await Promise.race([once(demo, 'seen'), ended]);
    expect(log, narration).not.toBe('');
    const subjects = execFileSync('sh', ['-c', log], { encoding: 'utf8' });
    const origin = dirname(/--git-dir=(\S+)/.exec(log)?.[1] ?? '');
    demo.kill('SIGINT');
    expect(await ended, narration).toEqual([0, null]);

    for (const message of ['service', 'product', 'firmware', 'library', 'seconds']) expect(subjects).toContain(message);
    const values = subjects.split('\n').filter((subject) => /\(.*\)$/.test(subject));
    expect(values.length, subjects).toBeGreaterThan(5);
    const told = narration.slice(narration.indexOf('spread-cron history'));
    expect(told, narration).toMatch(/COMMIT +OBSERVED.*RESULT.*\n(?:.*\n)*.*\b(?:success|failed \(1\)) /);
    expect(told).toMatch(
      /^ {4}(?:success|failed) \S+ attempt 1 by [0-9a-f]{12} \{"v":1,.*"tasks":\{"prepare":"success","suite":/m,
    );
    expect(existsSync(origin)).toBe(false);
    expect(processesMentioning(origin)).toEqual([]);
  });
});
