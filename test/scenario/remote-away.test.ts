// The remote goes away, for listing or in the middle of a push: nothing is lost, what waits is shown, the first round
// after it is back extracts afresh.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { addCommit, git, makeOrigin, subjectsOf, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { openApp } from '../support/open-app.ts';

const NEVER = new AbortController().signal;
const home = temporaryDirectory();
const origin = makeOrigin(join(home.path, 'origin.git'));
let server: GitServer;
let app: App;

beforeAll(async () => {
  git(origin, ['config', 'http.receivepack', 'true']);
  server = await startGitServer(home.path);
  addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
  const definition = `message: New core\nextract:\n  - file: ${join(home.path, 'core')}\n`;
  addCommit(origin, 'core', { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
  app = await openApp({
    url: `${server.url}/origin.git`,
    directory: join(home.path, 'state'),
    settings: { 'files.directories': [home.path], tell_after: 2 },
  });
});
afterAll(async () => {
  await app.close();
  await server.close();
  home.remove();
});

const check = () => app.check({ names: [], all: 'due', write: 'write', onOutcome: () => {}, onPlan: () => {} }, NEVER);
const setValue = (value: string) => writeFileSync(join(home.path, 'core'), value);
const changes = () => subjectsOf(origin, 'core').slice(0, -2);

it('a push that did not arrive is shown as waiting, and recorded with what is seen next', async () => {
  setValue('1');
  await check();
  setValue('2');
  const away = { kind: 'status', status: 503, match: /git-receive-pack/ } as const;
  server.fail(away);
  const { outcomes, remoteFailure, remoteFailures } = await check();
  expect(outcomes).toMatchObject([
    { outcome: 'changed', value: '2', pushed: false, error: { reason: 'remote-unreachable' } },
  ]);
  expect([remoteFailure?.reason, remoteFailures]).toEqual(['remote-unreachable', 1]);
  const waiting = await app.status([], NEVER);
  expect(waiting.lines).toMatchObject([{ value: '1', unpushed: '2', state: 'ok' }]);
  expect(waiting.remote.failing_since).toMatch(/Z$/);

  setValue('3');
  const after = await check();
  expect(after).toMatchObject({
    remoteFailure: null,
    remoteIsBack: true,
    outcomes: [{ value: '3', previous: '1', pushed: true }],
  });
  expect((await app.status([], NEVER)).lines).toMatchObject([{ value: '3', unpushed: null }]);
  expect(changes()).toEqual(['New core (3)', 'New core (1)']);
});

it('an answer that was lost after the push arrived does not double the change', async () => {
  setValue('4');
  server.fail({ kind: 'lose-answer', match: /POST .*git-receive-pack/ });
  expect((await check()).outcomes).toMatchObject([{ outcome: 'changed', value: '4', pushed: true }]);
  expect((await check()).outcomes).toMatchObject([{ outcome: 'unchanged', value: '4' }]);
  expect(changes()).toEqual(['New core (4)', 'New core (3)', 'New core (1)']);
});

it('a remote that cannot be listed ends the round, is counted, and leaves the status of before', async () => {
  setValue('5');
  const away = { kind: 'status', status: 503 } as const;
  server.fail(...Array.from({ length: 12 }, () => away));
  const { outcomes, remoteFailure } = await check();
  expect([outcomes, remoteFailure?.reason]).toEqual([[], 'remote-unreachable']);
  const { lines, stale } = await app.status([], NEVER);
  expect(stale?.reason).toBe('remote-unreachable');
  expect(lines).toMatchObject([{ value: '4', state: 'ok' }]);
  let report = await check();
  while (report.remoteFailure !== null) report = await check();
  expect(report.outcomes).toMatchObject([{ outcome: 'changed', value: '5', pushed: true }]);
}, 120_000);
