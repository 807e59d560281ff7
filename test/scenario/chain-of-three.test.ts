// A chain over git alone: a watched page, a resource on its green runs, a resource on both; two agents that share nothing
// but the origin carry it out between them.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { linesOf, makeAgentWorld, type RunningAgent } from '../support/agent-world.ts';
import { startWebServer, type WebServer } from '../support/web.ts';

const CHAIN = ['page', 'suite', 'release'] as const;
const VALUES = 5;
const startAgent = (name: string) => world.startAgent(name, { words: ['--interval', '1s'] });

let world: Awaited<ReturnType<typeof makeAgentWorld>>;
let web: WebServer;
let value = 0;

beforeAll(async () => {
  world = await makeAgentWorld('agents: many\n');
  web = await startWebServer();
  web.on('/page', (response) => response.end(`${value}`));
  const run = `run:
  tasks:
    tell: { script: ['echo "$SC_RESOURCE $SC_VALUE" >> ${join(world.home, 'journal')}'] }
`;
  world.addResource('page', `message: New page\nextract:\n  - http: ${web.url}/page\n${run}`);
  world.addResource('suite', `message: New green page\nextract:\n  - result: page\n${run}`);
  world.addResource('release', `message: New release\nextract:\n  - result: page\n    passed: [page, suite]\n${run}`);
});
afterAll(async () => {
  await web.close();
  await world.close();
});

it('fires in order and once each across two agents that share only the origin', async () => {
  // one round, and what follows from it
  expect(await world.startAgent('one', { words: ['--once'] }).ended).toMatchObject({ code: 0 });
  await carriedThrough(0);

  // one alone, then the other alone, which knows of the first what git says; then both, whoever is faster
  const one = startAgent('one');
  await carriedThrough(1);
  await ended(one);
  const two = startAgent('two');
  await carriedThrough(2);
  const again = startAgent('one');
  for (let next = 3; next <= VALUES; next++) await carriedThrough(next);
  await ended(again);
  await ended(two);

  const values = Array.from({ length: VALUES + 1 }, (_, k) => k);
  for (const [name, message] of [
    ['page', 'New page'],
    ['suite', 'New green page'],
    ['release', 'New release'],
  ] as const) {
    const changes = world.changesOf(name);
    expect(changes.map(({ subject }) => subject)).toEqual(values.map((one) => `${message} (${one})`));
    expect(changes.map(({ results }) => results.map(({ status }) => status))).toEqual(values.map(() => ['success']));
  }
  // every run was carried out once, each after what it follows from
  expect(linesOf(join(world.home, 'journal'))).toEqual(values.flatMap((one) => CHAIN.map((name) => `${name} ${one}`)));
  const agents = world.changesOf('release').map(({ results }) => results[0]?.agent);
  expect(new Set(agents.slice(1, 3)).size).toBe(2);
  expect(world.claims()).toBe('');
}, 120_000);

/** The page changes, and the last of the chain succeeds. */
async function carriedThrough(next: number): Promise<void> {
  value = next;
  const wanted = `New release (${next})`;
  await world.untilPushed(() =>
    world
      .changesOf('release')
      .some(({ subject, results }) => subject === wanted && results.some(({ status }) => status === 'success')),
  );
}

async function ended(agent: RunningAgent): Promise<void> {
  agent.child.kill('SIGTERM');
  const { code, output } = await agent.ended;
  expect(code).toBe(0);
  expect(output).not.toMatch(/warning|error/);
}
