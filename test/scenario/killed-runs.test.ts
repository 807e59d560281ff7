// kill -9 of an agent that runs suites: every change comes to exactly one successful run, and nothing of a killed agent
// stays behind, neither processes nor directories nor claims.
import { type FSWatcher, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesOf, makeAgentWorld, type NotedChange, type RunningAgent } from '../support/agent-world.ts';
import { git, installHook } from '../support/git-origin.ts';
import { processesMentioning } from '../support/processes.ts';
import { createRandom } from '../support/random.ts';
import { startWebServer, type WebServer } from '../support/web.ts';

/** Under a load of so many values of each of ten pages. */
const VALUES = 5;
const KILLS = 20;
/** The changes of files between which an agent is at work: from when it has its lock to where it has long ended. */
const FIRST_STEP = 5;
const LAST_STEP = 120;
const ENV = {
  SPREAD_CRON_RUNS_CATCH_UP: 'every',
  SPREAD_CRON_RUNS_BURST: '1000',
  SPREAD_CRON_RUNS_AT_A_TIME: '4',
};

let world: Awaited<ReturnType<typeof makeAgentWorld>>;
let web: WebServer;
/** Called whenever anything happens. */
let happened: () => void = () => {};
/** What each page says, by its number. */
let values: number[];
/** Calls back for every push to a branch. */
let pages: FSWatcher | null = null;
/** The agent that is alive. */
let agent: RunningAgent;
/** Agents that were killed so far. */
let killed = 0;

beforeEach(async () => {
  web = await startWebServer();
});
afterEach(async () => {
  happened = () => {};
  pages?.close();
  agent.child.kill('SIGKILL');
  await agent.ended;
  for (const pid of processesMentioning(world.home)) process.kill(pid, 'SIGKILL');
  await web.close();
  await world.close();
});

describe('kill -9 of an agent with runs', () => {
  it.each(['one', 'many'])(
    'at twenty random moments under load, where agents are %s',
    async (agents) => {
      const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 31));
      console.info(`KILL_SEED=${seed}`);
      const random = createRandom(seed);
      world = await makeAgentWorld(`agents: ${agents}\n`);
      world.server.onRequest = () => happened();
      makeResources(10);
      pages = watch(join(world.origin, 'refs/heads'), () => movePagesOn());
      for (killed = 0; killed < KILLS; killed++) {
        movePagesOn();
        await killAtRandom(random);
      }
      movePagesOn();
      do {
        expect(await startOnce().ended).toMatchObject({ code: 0 });
      } while (!names().every((name) => isDone(world.changesOf(name))));
      await expectAllWell(
        names().map(() => VALUES),
        `KILL_SEED=${seed}`,
      );
    },
    180_000,
  );

  it('before every third change of a file, where each start goes on with what the last one left', async () => {
    world = await makeAgentWorld('agents: many\n');
    makeResources(1);
    const ends: unknown[] = [];
    // backwards: forwards the next start would get past the lock by one step more, and be killed there
    for (let killAt = LAST_STEP; killAt >= FIRST_STEP; killAt -= 3) {
      if (isDone(world.changesOf('page-0'), values[0])) movePagesOn(Number.POSITIVE_INFINITY);
      const { code, signal } = await startOnce(killAt).ended;
      ends.push(signal ?? code);
    }
    expect(await startOnce().ended).toMatchObject({ code: 0 });
    await expectAllWell([...values], 'after all steps');
    // some came to their end, then all were killed
    expect(ends[0]).toBe(0);
    expect(ends.filter((end) => end === 'SIGKILL').length).toBeGreaterThan(15);
    expect(values[0]).toBeGreaterThan(5);
  }, 180_000);

  it('when its first claim is made, by an agent that has never remembered anything before', async () => {
    world = await makeAgentWorld('agents: many\n');
    makeResources(1);
    const victim = join(world.home, 'victim');
    installHook(
      world.origin,
      'post-receive',
      `grep -q ' refs/spread-cron/claims/' && test -e ${victim} && kill -KILL "$(cat ${victim})"`,
    );
    const { child, ended } = startOnce();
    writeFileSync(victim, String(child.pid));
    expect(await ended).toMatchObject({ signal: 'SIGKILL' });
    rmSync(victim);
    expect(await startOnce().ended).toMatchObject({ code: 0 });
    await expectAllWell([1], 'its first claim');
  });

  it.each([
    ['a change is recorded', 'refs/heads/'],
    ['a run is claimed', 'refs/spread-cron/claims/'],
    ['a result is written', 'refs/notes/'],
  ])('when %s, and the remote has taken it', async (_, ref) => {
    world = await makeAgentWorld('agents: many\n');
    makeResources(1);
    expect(await startOnce().ended).toMatchObject({ code: 0 });
    const victim = join(world.home, 'victim');
    installHook(
      world.origin,
      'post-receive',
      `grep -q ' ${ref}' && test -e ${victim} && kill -KILL "$(cat ${victim})"`,
    );
    movePagesOn(2);
    startOnce();
    writeFileSync(victim, String(agent.child.pid));
    expect(await agent.ended).toMatchObject({ signal: 'SIGKILL' });
    rmSync(victim);
    expect(await startOnce().ended).toMatchObject({ code: 0 });
    await expectAllWell([2], ref);
  });
});

/** An agent for one round and its runs. */
function startOnce(killAt = 0): RunningAgent {
  agent = world.startAgent('one', { words: ['--once'], env: ENV, killAt });
  return agent;
}

function names(): readonly string[] {
  return values.map((_, k) => `page-${k}`);
}

/** Tasks that take a while; those of every other resource leave a process that has left their group. */
function makeResources(count: number): void {
  values = Array<number>(count).fill(1);
  for (const [k, name] of names().entries()) {
    web.on(`/${name}`, (response) => {
      happened();
      response.end(`${k}.${values[k]}`);
    });
    const lock = join(world.home, 'lock-$SC_COMMIT');
    world.addResource(
      name,
      `message: New ${name}
extract:
  - http: ${web.url}/${name}
run:
  retries_when_lost: 100
  tasks:
    first:
      script:
        - exec 9>>"${lock}"
        - flock -n 9 || echo "$SC_RESOURCE $SC_VALUE runs twice" >> ${join(world.home, 'faults')}
        - ${k % 2 === 0 ? 'setsid sleep 600 </dev/null >/dev/null 2>&1 &' : 'echo alone'}
        - sleep 0.1
    second: { script: [sleep 0.05], depends_on: [first] }
`,
    );
  }
}

/** A page says its next value once its last one is recorded: so every value becomes a change. */
function movePagesOn(most = Math.min(VALUES, 1 + Math.floor((killed * VALUES) / KILLS))): void {
  const subjects = git(world.origin, ['for-each-ref', '--format=%(subject)', 'refs/heads']).split('\n');
  values = values.map((value, k) =>
    value < most && subjects.includes(`New page-${k} (${k}.${value})`) ? value + 1 : value,
  );
}

/** An agent that is killed at a random change of a file, or when a random number of things happened. */
async function killAtRandom(random: () => number): Promise<void> {
  const killAt = random() < 0.5 ? 0 : Math.ceil(random() * 150);
  const victim = world.startAgent('one', { words: ['--interval', '1s'], env: ENV, killAt });
  agent = victim;
  let left = killAt > 0 ? 60 : Math.ceil(random() * 60);
  const delay = random() * 20;
  happened = () => {
    left -= 1;
    if (left === 0) setTimeout(() => victim.child.kill('SIGKILL'), delay);
  };
  victim.onText = happened;
  expect(await victim.ended).toMatchObject({ signal: 'SIGKILL' });
  // one that killed itself leaves some of the count: the next is not to be killed by that
  happened = () => {};
}

/** All values are recorded, and their runs have ended well. */
function isDone(changes: readonly NotedChange[], count = VALUES): boolean {
  return changes.length === count && changes.every(({ results }) => results.some(isGood));
}

function isGood({ status }: NotedChange['results'][number]): boolean {
  return status === 'success';
}

async function expectAllWell(counts: readonly number[], what: string): Promise<void> {
  const changes = names().map((name) => world.changesOf(name));
  expect(
    changes.map((of) => of.map(({ subject }) => subject)),
    what,
  ).toEqual(names().map((name, k) => Array.from({ length: counts[k] ?? 0 }, (_, n) => `New ${name} (${k}.${n + 1})`)));
  for (const { subject, results } of changes.flat()) {
    expect(results.filter(isGood), `${what} ${subject}`).toHaveLength(1);
    expect(
      results.filter((one) => !isGood(one) && one.status !== 'lost'),
      `${what} ${subject}`,
    ).toEqual([]);
  }
  const runs = await world.json('one', ['runs', '--count', 'all']);
  expect(
    runs.filter(({ status }) => status !== 'success' && status !== 'lost'),
    what,
  ).toEqual([]);
  const succeeded = runs.filter(({ status }) => status === 'success').map(({ commit }) => commit);
  const ran = changes.flat().map(({ commit }) => commit);
  expect(succeeded.toSorted(), what).toEqual(ran.toSorted());
  expect(linesOf(join(world.home, 'faults')), what).toEqual([]);
  expect(processesMentioning(world.home), what).toEqual([]);
  expect(world.workspacesOf('one'), what).toEqual([]);
  expect(world.claims(), what).toBe('');
}
