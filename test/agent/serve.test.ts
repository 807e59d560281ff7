import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import type { CheckOutcome } from '../../src/core/outcome.ts';
import { addCommit, git, makeOrigin, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { openApp } from '../support/open-app.ts';
import { startWebServer } from '../support/web.ts';

let home: ReturnType<typeof temporaryDirectory>;
let origin: string;
const opened: App[] = [];

beforeEach(() => {
  home = temporaryDirectory();
  origin = makeOrigin(join(home.path, 'origin.git'));
  addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
  watchFile('core');
  setValue('core', '1');
});

afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
  home.remove();
});

function watchFile(name: string): void {
  const definition = `message: New ${name}\nextract:\n  - file: ${join(home.path, name)}\n`;
  addCommit(origin, name, { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
}

function setValue(name: string, value: string): void {
  writeFileSync(join(home.path, name), value);
}

async function open(settings: Record<string, unknown> = {}): Promise<App> {
  const app = await openApp({
    url: origin,
    directory: join(home.path, 'a'),
    settings: { 'files.directories': [home.path], interval: '1h', ...settings },
  });
  opened.push(app);
  return app;
}

/** An agent of which the test sees every round; `stop` resolves once it has ended. */
async function startAgent(app: App) {
  const stopping = new AbortController();
  const news: string[] = [];
  const outcomes: CheckOutcome[] = [];
  let rounds = 0;
  let notice: (() => void)[] = [];
  const ended = app.agent(
    {
      onOutcome: (outcome) => void outcomes.push(outcome),
      onNews: (line) => void news.push(line),
      onRest: () => {},
      onRun: () => {},
      onStopping: () => {},
      onRound() {
        rounds += 1;
        for (const tell of notice) tell();
        notice = [];
      },
    },
    { rounds: 'for ever', stop: stopping.signal, cancel: NEVER },
  );
  const roundsDone = async (count: number) => {
    while (rounds < count) await Promise.race([ended, new Promise<void>((resolve) => notice.push(resolve))]);
  };
  await roundsDone(1);
  return {
    news,
    outcomes,
    roundsDone,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

const NOW = { all: 'due', write: 'write', onOutcome: () => {}, onPlan: () => {} } as const;
const NEVER = new AbortController().signal;

describe('a running agent', () => {
  it('polls, and does the rounds that other commands ask for', async () => {
    const agent = await startAgent(await open());
    expect(agent.outcomes).toMatchObject([{ resource: 'core', outcome: 'new', value: '1', pushed: true }]);
    setValue('core', '2');
    const other = await open();
    const { outcomes, remoteFailure } = await other.check({ names: ['co*'], ...NOW }, NEVER);
    expect(remoteFailure).toBeNull();
    expect(outcomes).toMatchObject([{ resource: 'core', outcome: 'changed', value: '2', previous: '1', pushed: true }]);
    expect(agent.outcomes.map(({ value }) => value)).toEqual(['1', '2']);
    await expect(other.check({ names: ['cor'], ...NOW }, NEVER)).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('core'),
    });
    await agent.stop();
  });

  it('says how it is, also where the remote is away; nobody answers where none runs', async () => {
    const agent = await startAgent(await open());
    const other = await open();
    const pulse = await other.ping(NEVER);
    expect(pulse).toMatchObject({ pid: process.pid, remoteFailure: null, late: false, running: 0, waiting: 0 });
    expect(Date.now() - (pulse?.lastRoundAt ?? 0)).toBeLessThan(60_000);
    renameSync(origin, `${origin}.away`);
    await other.check({ names: [], ...NOW }, NEVER);
    expect((await other.ping(NEVER))?.remoteFailure?.reason).toBe('not-found');
    await agent.stop();
    expect(await other.ping(NEVER)).toBeNull();
  });

  it('is alone on its state directory, and says who is there', async () => {
    const agent = await startAgent(await open());
    const second = await open();
    const nothing = () => {};
    const hooks = {
      onOutcome: nothing,
      onNews: nothing,
      onRound: nothing,
      onRun: nothing,
      onStopping: nothing,
      onRest: nothing,
    };
    await expect(second.agent(hooks, { rounds: 'for ever', stop: NEVER, cancel: NEVER })).rejects.toMatchObject({
      reason: 'locked',
      details: { pid: process.pid, doing: 'spread-cron agent' },
    });
    expect((await second.status([], NEVER)).lines).toMatchObject([{ resource: 'core', value: '1', state: 'ok' }]);
    await agent.stop();
    await expect(second.check({ names: [], ...NOW }, NEVER)).resolves.toMatchObject({ remoteFailure: null });
  });

  it('tells what happens to branches and definitions between rounds', async () => {
    watchFile('gone');
    watchFile('edited');
    watchFile('rewritten');
    for (const name of ['gone', 'edited', 'rewritten', 'fresh']) setValue(name, '1');
    const agent = await startAgent(await open());
    git(origin, ['update-ref', '-d', 'refs/heads/gone']);
    addCommit(origin, 'edited', {
      files: { 'resource.yaml': 'message: New edited\nextract: [{file: x}, {nonsense: 1}]\n' },
    });
    addCommit(origin, 'rewritten', {
      parent: tipOf(origin, 'main'),
      files: { 'resource.yaml': `message: New rewritten\nextract:\n  - file: ${join(home.path, 'rewritten')}\n` },
      message: 'Begin again',
    });
    watchFile('fresh');
    const other = await open();
    const { outcomes } = await other.check({ names: [], ...NOW }, NEVER);
    expect(Object.fromEntries(outcomes.map(({ resource, outcome }) => [resource, outcome]))).toEqual({
      core: 'unchanged',
      edited: 'failed',
      fresh: 'new',
      rewritten: 'new',
    });
    expect(agent.news).toEqual([
      expect.stringMatching(/^edited: the definition is broken: .*/),
      'fresh: watched from now on',
      'gone: the branch and its definition have gone',
      'rewritten: the branch was rewritten; its newest recorded value counts',
    ]);
    await agent.stop();
  });

  it('tells subscribers of changes, failures and recoveries, and beats its heart', async () => {
    const web = await startWebServer();
    const events: Record<string, unknown>[] = [];
    web.on('/events', (response, request) => {
      events.push(JSON.parse(request.body));
      response.end();
    });
    web.reply('/heart', 200);
    const seen = join(home.path, 'seen');
    const app = await open({
      on_event: [
        { url: `${web.url}/events` },
        { command: `cat >> ${seen}; echo "$SC_EVENT" >> ${seen}`, events: ['changed'] },
      ],
      heartbeat_url: `${web.url}/heart`,
      tell_after: 2,
    });
    const agent = await startAgent(app);
    const other = await open();
    const round = () => other.check({ names: [], ...NOW }, NEVER);
    writeFileSync(join(home.path, 'core'), 'a\nb');
    await round();
    await round();
    await round();
    setValue('core', '3');
    await round();
    await agent.stop();
    expect(events.map(({ event, value }) => [event, value])).toEqual([
      ['changed', '1'],
      ['failing', null],
      ['changed', '3'],
      ['recovered', '3'],
    ]);
    expect(events[1]).toMatchObject({
      resource: 'core',
      repository: origin,
      error: { reason: 'bad-value' },
      failing_since: expect.stringMatching(/Z$/),
    });
    expect(git(home.path, ['hash-object', seen])).toMatch(/^[0-9a-f]{40}$/);
    expect(web.count('/heart')).toBe(1);
    await web.close();
  });
});
