// The container, as the deployment page says to build and start it: by an engine where there is one, and without one by
// carrying out its Dockerfile as far as that can be done here.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { carriedOutContainers, missingToCarryOut } from '../support/carried-out-container.ts';
import { dockerfile } from '../support/carried-out-image.ts';
import type { Container, ContainerMaker } from '../support/container.ts';
import { type ContainerOptions, containerOptions } from '../support/container-command.ts';
import { imageConfig, type Stage } from '../support/dockerfile.ts';
import { engineContainers, missingToBuild } from '../support/engine-container.ts';
import { addCommit, git, makeOrigin, subjectsOf, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { codeBlocks } from '../support/markdown.ts';
import { saidTo } from '../support/said-words.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const URL_ON_PAGE = 'https://git.example.com/team/resources.git';
const TOKEN = 'token-of-the-container';
const blocks = codeBlocks(readFileSync(join(ROOT, 'snap/README.md'), 'utf8')).filter(({ info }) =>
  info.has('container'),
);
const bases = [...new Set(dockerfile.map(({ base }) => base))];
const last = dockerfile.at(-1) as Stage;

const notBuilt = missingToBuild(bases[0] ?? '');
if (notBuilt !== null)
  console.error(`${notBuilt}: THE IMAGE IS NOT BUILT, its Dockerfile is carried out without an engine`);
if (missingToCarryOut.length > 0)
  console.error(`${missingToCarryOut.join(', ')} is absent: THE DOCKERFILE IS NOT CARRIED OUT WITHOUT AN ENGINE`);

describe('the Dockerfile', () => {
  it('has one base, pinned to a version that the package supports', () => {
    expect(bases).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/)]);
    const [, major = '', minor = ''] = /^node:(\d+)\.(\d+)/.exec(bases[0] ?? '') ?? [];
    expect(Number(major) * 1000 + Number(minor)).toBeGreaterThanOrEqual(20_019);
  });

  it('ends as nobody special, with a process 1 that passes signals on, and a check of its health', () => {
    expect(imageConfig(last)).toMatchObject({
      user: '1000:1000',
      entrypoint: ['tini', '--', 'spread-cron'],
      command: ['agent'],
      healthcheck: ['spread-cron', 'ping', '--quiet'],
    });
  });
});

const ways: readonly (readonly [name: string, skip: boolean, make: (build: readonly string[]) => ContainerMaker])[] = [
  ['built and run by the engine', notBuilt !== null, engineContainers],
  ['its Dockerfile carried out without an engine', missingToCarryOut.length > 0, carriedOutContainers],
];

describe.each(ways)('the container, %s', (_, skip, make) => {
  if (skip) return it.skip('is not tried');
  const { path: home, remove } = temporaryDirectory();
  const origin = join(home, 'git/team/resources.git');
  let server: GitServer;
  let maker: ContainerMaker;
  let always: ContainerOptions;
  let once: ContainerOptions;
  let agent: Container;

  beforeAll(async () => {
    makeOrigin(origin);
    git(origin, ['config', 'http.receivepack', 'true']);
    addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
    const extract = `  - shell: jq -n '"2.0"' | tr -d '"'; curl --version >/dev/null; ssh -V\n  - regex: \\d\\.\\d\n`;
    const definition = `message: New thing\nextract:\n${extract}`;
    addCommit(origin, 'thing', { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
    server = await startGitServer(join(home, 'git'), { login: { username: 'x-access-token', password: TOKEN } });

    // what the page says, with the address of the server here
    const here = (text: string) => text.replaceAll(URL_ON_PAGE, `${server.url}/team/resources.git`);
    const shown = blocks.find(({ language }) => language === 'yaml');
    writeFileSync(join(home, 'agent.yaml'), here(shown?.text ?? ''));
    writeFileSync(join(home, 'token'), `${TOKEN}\n`);
    chmodSync(join(home, 'token'), 0o644);
    chmodSync(home, 0o755);
    const script = blocks.filter(({ language }) => language === 'sh').map(({ text }) => here(text));
    const said = saidTo(['docker'], script.join(''), home);
    const [build, run, exec, single] = said.map(([, ...words]) => words) as [string[], string[], string[], string[]];
    expect([said.length, build[0], run[0], exec[0], single[0]]).toEqual([4, 'build', 'run', 'exec', 'run']);
    maker = make(build.slice(1));
    once = containerOptions(single.slice(1));
    always = containerOptions(run.slice(1));
    agent = await maker.start(always);
    await agent.main.until('watching 1 resource');
    expect((await agent.exec(exec.slice(2))).stdout).toMatch(/^ok +thing +2\.0/m);
  }, 600_000);

  afterAll(async () => {
    await maker?.remove();
    await server.close();
    remove();
  });

  it('says of itself what the Dockerfile does', () => {
    const { env, ...written } = imageConfig(last);
    expect(maker.config).toMatchObject({ ...written, env });
  });

  it('is an agent that records a change, with the programs of the image, and pushes it with its token', () => {
    expect(subjectsOf(origin, 'thing')[0]).toBe('New thing (2.0)');
  });

  it('runs as user 1000, who may write the state and /tmp, and nothing of the program', async () => {
    expect((await agent.exec(['id', '-u'])).stdout).toBe('1000\n');
    const writable = 'for place in "$@"; do if [ -w "$place" ]; then echo "$place"; fi; done';
    const places = ['/', '/etc', '/opt/spread-cron', '/opt/spread-cron/dist/main.js', '/usr/local/bin', '/tmp', '.'];
    expect((await agent.exec(['sh', '-c', writable, 'sh', ...places])).stdout).toBe('/tmp\n.\n');
    expect((await agent.exec(['pwd'])).stdout).toBe('/var/lib/spread-cron\n');
  });

  it('holds the program, its packages and the catalogue, and nothing that only a build needs', async () => {
    const listed = async (path: string) => (await agent.exec(['ls', path])).stdout.trim().split('\n');
    expect(await listed('/opt/spread-cron')).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json', 'resources']);
    expect(await listed('/opt/spread-cron/node_modules')).toEqual(expect.arrayContaining(['libsql', 'jq-web']));
    for (const name of ['typescript', 'vitest', 'esbuild'])
      expect(await listed('/opt/spread-cron/node_modules')).not.toContain(name);
    expect((await agent.exec(['spread-cron', 'catalogue'])).stdout).toMatch(/^core-snap /m);
  });

  it('buries what a process leaves behind', async () => {
    expect((await agent.exec(['cat', '/proc/1/comm'])).stdout).toBe('tini\n');
    const orphan = (await agent.exec(['sh', '-c', 'sleep 600 >/dev/null 2>&1 & echo $!'])).stdout.trim();
    expect((await agent.exec(['sh', '-c', `grep ^PPid: /proc/${orphan}/status`])).stdout).toBe('PPid:\t1\n');
    // tail ends once there is no such process, not even a dead one that nobody has buried
    const buried = await agent.exec(['sh', '-c', `kill ${orphan}; timeout 20 tail -f --pid=${orphan} /dev/null`]);
    expect(buried.status).toBe(0);
  });

  it('is healthy as long as the agent lives; SIGTERM ends it well, then it is not', async () => {
    expect(await agent.exec(maker.config.healthcheck)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const { status, stderr } = await agent.stop();
    expect([status, stderr]).toEqual([0, expect.not.stringContaining(TOKEN)]);
    const asked = await maker.start({ ...always, command: maker.config.healthcheck.slice(1) });
    expect(await asked.main.ended).toMatchObject({ status: 1, stderr: expect.stringContaining('no agent of this') });
  });

  it('does one round by variables alone, and says what to do where it is told nothing', async () => {
    const round = await (await maker.start(once)).main.ended;
    expect([round.status, round.stdout, round.stderr]).toEqual([0, '', '']);
    const told = await (await maker.start({ ...once, command: [], env: [] })).main.ended;
    expect([told.status, told.stderr]).toEqual([2, expect.stringContaining('which resources repository?')]);
  });
});
