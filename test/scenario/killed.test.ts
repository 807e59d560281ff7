// kill -9 between any two steps of a round: exactly one change commit for each change, none lost, none doubled.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCommit, git, makeOrigin, subjectsOf, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { type Fault, type GitServer, startGitServer } from '../support/git-server.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const KILLER = fileURLToPath(new URL('../support/kill-at-step.mjs', import.meta.url));

let home: ReturnType<typeof temporaryDirectory>;
let origin: string;
let server: GitServer;
let value = 0;

beforeEach(async () => {
  home = temporaryDirectory();
  origin = makeOrigin(join(home.path, 'origin.git'));
  git(origin, ['config', 'http.receivepack', 'true']);
  server = await startGitServer(home.path);
  addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
  const definition = `message: New core\nextract:\n  - shell: cat ${join(home.path, 'value')}\n`;
  addCommit(origin, 'core', { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
  value = 0;
});
afterEach(async () => {
  await server.close();
  home.remove();
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** One `spread-cron check`; `killAt` 0 lets it live. */
async function check(state: string, killAt = 0, onStart: (pid: number) => void = () => {}): Promise<Ended> {
  const args = ['--import', KILLER, MAIN, 'check', '--repository', `${server.url}/origin.git`, '--state-dir', state];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home.path,
      XDG_RUNTIME_DIR: home.path,
      KILL_AT_STEP: String(killAt),
      KILL_LOG: join(home.path, 'steps'),
    },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  onStart(child.pid ?? 0);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stderr };
}

function nextValue(): void {
  value += 1;
  writeFileSync(join(home.path, 'value'), `${value}\n`);
  writeFileSync(join(home.path, 'steps'), '');
}

/** Whatever happened before, the next round leaves every value recorded once, in a repository that is sound. */
async function expectRecovery(state: string, what: string): Promise<void> {
  const ended = await check(state);
  expect({ ...ended, what }).toEqual({ code: 0, signal: null, stderr: '', what });
  const expected = Array.from({ length: value }, (_, k) => `New core (${value - k})`);
  expect(subjectsOf(origin, 'core').slice(0, -2), what).toEqual(expected);
}

describe('kill -9', () => {
  it.each(['kept', 'new'] as const)(
    'at any change of a file, with a %s state directory',
    async (kind) => {
      const survivors: Ended[] = [];
      for (let step = 1; survivors.length === 0; step++) {
        const state = join(home.path, kind === 'kept' ? 'state' : `state-${step}`);
        nextValue();
        const ended = await check(state, step);
        const steps = readFileSync(join(home.path, 'steps'), 'utf8').trimEnd().split('\n');
        if (ended.signal !== 'SIGKILL') survivors.push(ended);
        else await expectRecovery(state, `after step ${step - 1}: ${steps.at(-1)}`);
        expect(step).toBeLessThan(200);
      }
      expect(survivors).toEqual([{ code: 0, signal: null, stderr: '' }]);
      // every round before the last one was killed, and a round changes more than a few files
      expect(value).toBeGreaterThan(kind === 'kept' ? 8 : 15);
      git(origin, ['fsck', '--strict']);
    },
    300_000,
  );

  it.each(['before the request arrives', 'after the remote has answered'] as const)(
    'at the push, %s',
    async (when) => {
      const state = join(home.path, 'state');
      nextValue();
      await expectRecovery(state, 'the first round');
      for (const match of [/info\/refs\?service=git-receive-pack/, /POST .*git-receive-pack/]) {
        nextValue();
        let pid = 0;
        if (when === 'before the request arrives') {
          server.onRequest = (request) => {
            if (match.test(`${request.method} ${request.url}`)) process.kill(pid, 'SIGKILL');
          };
        } else {
          const fault: Fault = { kind: 'lose-answer', match };
          server.fail(fault);
        }
        await check(state, 0, (started) => {
          pid = started;
        });
        server.onRequest = null;
        await expectRecovery(state, `${when}: ${match}`);
      }
    },
    120_000,
  );
});
