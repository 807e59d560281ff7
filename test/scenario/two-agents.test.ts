import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { addCommit, git, makeOrigin, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { openApp } from '../support/open-app.ts';
import { startWebServer, type WebServer } from '../support/web.ts';

const RESOURCES = 10;
const GENERATIONS = 20;

let home: ReturnType<typeof temporaryDirectory>;
let origin: string;
let server: GitServer;
let web: WebServer;
let generation = 1;

beforeAll(async () => {
  home = temporaryDirectory();
  origin = makeOrigin(join(home.path, 'origin.git'));
  git(origin, ['config', 'http.receivepack', 'true']);
  server = await startGitServer(home.path);
  web = await startWebServer();
  addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
  for (let index = 0; index < RESOURCES; index++) {
    web.on(`/${index}`, (response) => response.end(`${index}.${generation}`));
    addCommit(origin, `resource-${index}`, {
      parent: tipOf(origin, 'main'),
      files: { 'resource.yaml': `message: New ${index}\nextract:\n  - http: ${web.url}/${index}\n` },
    });
  }
});

afterAll(async () => {
  await Promise.all([server.close(), web.close()]);
  home.remove();
});

it('makes exactly one commit per change where two agents poll one repository', async () => {
  const apps = await Promise.all(
    ['one', 'two'].map((name) => openApp({ url: `${server.url}/origin.git`, directory: join(home.path, name) })),
  );
  const recorded = [0, 0];
  const done = new AbortController();

  async function poll(app: App, agent: number): Promise<void> {
    while (!done.signal.aborted) {
      const { outcomes, remoteFailure } = await app.check(
        { names: [], all: 'due', write: 'write', onOutcome: () => {}, onPlan: () => {} },
        new AbortController().signal,
      );
      expect(remoteFailure).toBeNull();
      expect(outcomes.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      recorded[agent] = (recorded[agent] ?? 0) + outcomes.filter(({ pushed }) => pushed).length;
      if (values().every((value, index) => value === `${index}.${generation}`)) {
        if (generation === GENERATIONS) done.abort();
        else generation += 1;
      }
    }
  }

  await Promise.all(apps.map(poll));
  await Promise.all(apps.map((app) => app.close()));
  for (let index = 0; index < RESOURCES; index++) {
    const subjects = git(origin, ['log', '--reverse', '--format=%s', `main..resource-${index}`])
      .split('\n')
      .slice(1);
    expect(subjects).toEqual(Array.from({ length: GENERATIONS }, (_, k) => `New ${index} (${index}.${k + 1})`));
  }
  expect(recorded[0]! + recorded[1]!).toBe(RESOURCES * GENERATIONS);
}, 120_000);

/** The newest value of every resource, as the origin has it. */
function values(): string[] {
  return Array.from({ length: RESOURCES }, (_, index) => {
    const subject = git(origin, ['log', '-1', '--format=%s', `resource-${index}`]);
    return /\((.*)\)$/.exec(subject)?.[1] ?? '';
  });
}
