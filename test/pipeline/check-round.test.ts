import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import type { CheckOutcome } from '../../src/core/outcome.ts';
import {
  addCommit,
  git,
  installHook,
  makeOrigin,
  subjectsOf,
  temporaryDirectory,
  tipOf,
} from '../support/git-origin.ts';
import { startGitServer } from '../support/git-server.ts';
import { openApp } from '../support/open-app.ts';
import { startWebServer } from '../support/web.ts';

const NEVER = new AbortController().signal;

let home: ReturnType<typeof temporaryDirectory>;
let origin: string;
const opened: App[] = [];

beforeEach(() => {
  home = temporaryDirectory();
  origin = makeOrigin(join(home.path, 'origin.git'));
  addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
});

afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
  home.remove();
});

async function app(name = 'one', settings: Record<string, unknown> = {}): Promise<App> {
  const made = await openApp({
    url: origin,
    directory: join(home.path, name),
    settings: { 'files.directories': [home.path], ...settings },
  });
  opened.push(made);
  return made;
}

async function check(one: App, names: readonly string[] = [], write: 'write' | 'dry-run' = 'write') {
  const { outcomes, remoteFailure } = await one.check(
    { names, all: 'all', write, onOutcome: () => {}, onPlan: () => {} },
    NEVER,
  );
  expect(remoteFailure).toBeNull();
  return new Map(outcomes.map((outcome): [string, CheckOutcome] => [outcome.resource, outcome]));
}

/** A resource in branch layout whose value is the content of a file of the test's own. */
function watchFile(name: string, more = ''): void {
  const definition = `message: New ${name}\nextract:\n  - file: ${join(home.path, name)}\n${more}`;
  addCommit(origin, name, { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
}

function setValue(name: string, value: string): void {
  writeFileSync(join(home.path, name), value);
}

describe('a round of checks', () => {
  it('records the first value as new, leaves it alone while it stays, and records what changes', async () => {
    watchFile('core');
    setValue('core', '1\n');
    const one = await app();
    expect((await check(one)).get('core')).toMatchObject({ outcome: 'new', value: '1', previous: null, pushed: true });
    const first = tipOf(origin, 'core');
    expect((await check(one)).get('core')).toMatchObject({ outcome: 'unchanged', value: '1', commit: first });
    expect(tipOf(origin, 'core')).toBe(first);
    setValue('core', '2');
    expect((await check(one)).get('core')).toMatchObject({
      outcome: 'changed',
      value: '2',
      previous: '1',
      pushed: true,
    });
    expect(subjectsOf(origin, 'core').slice(0, 2)).toEqual(['New core (2)', 'New core (1)']);
    expect(git(origin, ['rev-parse', 'core^{tree}'])).toBe(git(origin, ['rev-parse', 'core~2^{tree}']));
    expect(git(origin, ['log', '-1', '--format=%b', 'core'])).toMatch(
      new RegExp(`^Previous: ${first}\nObserved: \\S+Z\nExtractor: [0-9a-f]{16}\nAgent: [0-9a-f]{12}\n$`),
    );
  });

  it('counts a value that comes back as a change from the previous one', async () => {
    watchFile('week');
    const one = await app();
    for (const value of ['51', '52', '1', '51']) {
      setValue('week', value);
      expect((await check(one)).get('week')?.pushed).toBe(true);
    }
    expect(subjectsOf(origin, 'week').slice(0, 4)).toEqual([
      'New week (51)',
      'New week (1)',
      'New week (52)',
      'New week (51)',
    ]);
  });

  it('never records a failure, counts it, and stops no other resource', async () => {
    watchFile('good');
    watchFile('bad');
    setValue('good', '1');
    const one = await app();
    const before = tipOf(origin, 'bad');
    const outcomes = await check(one);
    expect(outcomes.get('good')?.pushed).toBe(true);
    expect(outcomes.get('bad')).toMatchObject({
      outcome: 'failed',
      pushed: false,
      failures: 1,
      error: { reason: 'not-found', step: '1 file' },
    });
    await check(one);
    expect((await check(one)).get('bad')).toMatchObject({ failures: 3, transition: 'failing' });
    setValue('bad', 'x');
    expect((await check(one)).get('bad')).toMatchObject({
      outcome: 'new',
      failing_since: null,
      transition: 'recovered',
    });
    expect(git(origin, ['rev-parse', 'bad~1'])).toBe(before);
  });

  it('decides and tells in a dry run, and writes nothing', async () => {
    watchFile('core');
    setValue('core', '1');
    const one = await app();
    const before = tipOf(origin, 'core');
    expect((await check(one, [], 'dry-run')).get('core')).toMatchObject({
      outcome: 'new',
      value: '1',
      pushed: false,
      error: null,
    });
    expect(tipOf(origin, 'core')).toBe(before);
  });

  it('waits for as many sightings as confirm asks for', async () => {
    watchFile('slow', 'confirm: 2\n');
    setValue('slow', '1');
    addCommit(origin, 'slow', { message: 'New slow (0)' });
    const one = await app();
    watchFile('other');
    setValue('other', '1');
    // another resource's round makes this agent's memory older than nothing
    await check(one, ['other']);
    const again = await app();
    expect((await check(again, ['slow'])).get('slow')).toMatchObject({
      outcome: 'unchanged',
      value: '0',
      pending: '1',
    });
    expect((await check(again, ['slow'])).get('slow')).toMatchObject({ outcome: 'changed', value: '1', pushed: true });
  });

  it('looks again within the round where nothing could be remembered', async () => {
    watchFile('slow', 'confirm: 3\nconfirm_after: 1ms\n');
    setValue('slow', '1');
    expect((await check(await app())).get('slow')).toMatchObject({ outcome: 'new', value: '1', pushed: true });
  });

  it('records quietly what a changed definition gives', async () => {
    watchFile('core');
    setValue('core', 'v1');
    const one = await app();
    await check(one);
    const definition = `message: New core\nextract:\n  - file: ${join(home.path, 'core')}\n  - replace: v\n    with: version-\n`;
    addCommit(origin, 'core', { files: { 'resource.yaml': definition }, message: 'Say version' });
    expect((await check(one)).get('core')).toMatchObject({ outcome: 'changed', value: 'version-1', rebaselined: true });
    expect(git(origin, ['log', '-1', '--format=%B', 'core'])).toContain('[skip ci]');
    setValue('core', 'v2');
    const outcome = (await check(one)).get('core');
    expect(outcome).toMatchObject({ outcome: 'changed', value: 'version-2' });
    expect(outcome?.rebaselined).toBeUndefined();
  });

  it('counts commits of earlier messages as history', async () => {
    watchFile('core', 'aliases: [Old words]\n');
    setValue('core', '7');
    addCommit(origin, 'core', { message: 'Old words (7)' });
    expect((await check(await app())).get('core')).toMatchObject({ outcome: 'unchanged', value: '7' });
  });

  it('pushes the others where a hook refuses one ref', async () => {
    for (const name of ['a', 'b', 'c']) {
      watchFile(name);
      setValue(name, '1');
    }
    installHook(
      origin,
      'pre-receive',
      'while read old new ref; do [ "$ref" = refs/heads/b ] && { echo "b is frozen"; exit 1; }; done; exit 0',
    );
    const outcomes = await check(await app());
    expect([...outcomes].map(([name, { pushed }]) => [name, pushed])).toEqual(
      expect.arrayContaining([
        ['a', true],
        ['b', false],
        ['c', true],
      ]),
    );
    expect(outcomes.get('b')).toMatchObject({ outcome: 'new', value: '1', error: { reason: 'push-refused' } });
    expect(outcomes.get('b')?.error?.message).toContain('b is frozen');
  });

  it('leaves branches without a definition and definitions without a branch alone', async () => {
    addCommit(origin, 'topic', { parent: null, files: { x: '1' } });
    addCommit(origin, 'main', {
      files: { 'branches/new/resource.yaml': `message: New\nextract:\n  - file: ${join(home.path, 'new')}\n` },
    });
    const outcomes = await check(await app());
    expect([...outcomes.keys()]).toEqual(['new']);
    expect(outcomes.get('new')).toMatchObject({
      outcome: 'skipped',
      why: expect.stringContaining('spread-cron start new'),
    });
    expect(git(origin, ['for-each-ref', '--format=%(refname:short)'])).toBe('main\ntopic');
  });

  it('polls the central layout, and lets the root of the branch win', async () => {
    const central = (name: string, value: string) =>
      `message: New ${name}\nextract:\n  - file: ${join(home.path, value)}\n`;
    addCommit(origin, 'main', {
      files: { 'branches/one/resource.yaml': central('one', 'c1'), 'branches/two/resource.yaml': central('two', 'c2') },
    });
    addCommit(origin, 'one', { parent: null, files: { x: '' } });
    addCommit(origin, 'two', { parent: null, files: { 'resource.yaml': central('own', 'own') } });
    setValue('c1', 'central');
    setValue('own', 'root');
    const outcomes = await check(await app());
    expect(outcomes.get('one')).toMatchObject({ value: 'central', pushed: true });
    expect(outcomes.get('two')).toMatchObject({ value: 'root', message: 'New own', pushed: true });
  });

  it('sends what several resources ask for once a round', async () => {
    const web = await startWebServer();
    web.reply('/page', 200, {}, '{"a": 1, "b": 2}');
    web.reply('/alone', 200, {}, '{"a": 3}');
    const from = (path: string, key: string) =>
      `message: New\nextract:\n  - http: ${web.url}${path}\n  - json: $.${key}\n`;
    for (const [name, definition] of Object.entries({
      a: from('/page', 'a'),
      b: from('/page', 'b'),
      c: from('/alone', 'a'),
    })) {
      addCommit(origin, name, { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
    }
    const one = await app();
    expect([...(await check(one)).values()].map(({ value }) => value).sort()).toEqual(['1', '2', '3']);
    expect([web.count('/page'), web.count('/alone')]).toEqual([1, 1]);
    await check(one);
    expect([web.count('/page'), web.count('/alone')]).toEqual([2, 2]);
    await web.close();
  });

  it('asks a remote once for several things of it', async () => {
    const server = await startGitServer(home.path);
    makeOrigin(join(home.path, 'watched.git'));
    const watched = join(home.path, 'watched.git');
    addCommit(watched, 'main', { files: { a: '1' } });
    addCommit(watched, 'next', { files: { a: '2' } });
    for (const branch of ['main', 'next']) {
      const definition = `message: New\nextract:\n  - git: ${server.url}/watched.git\n    branch: ${branch}\n`;
      addCommit(origin, branch === 'main' ? 'a' : 'b', {
        parent: tipOf(origin, 'main'),
        files: { 'resource.yaml': definition },
      });
    }
    const outcomes = await check(await app());
    expect([outcomes.get('a')?.value, outcomes.get('b')?.value]).toEqual([
      tipOf(watched, 'main'),
      tipOf(watched, 'next'),
    ]);
    expect(server.requests.filter((line) => line.includes('/info/refs'))).toHaveLength(1);
    await server.close();
  });

  it('lets no source reach a private address where the policy refuses those', async () => {
    const web = await startWebServer();
    const steps = {
      http: `http: ${web.url}/`,
      release: `release: ${web.url}/octo/project\n    forge: gitea`,
      git: `git: ${web.url}/project.git\n    branch: main`,
      certificate: `certificate: localhost:${web.port}`,
      dns: `dns: example.com\n    resolver: 127.0.0.1:${web.port}`,
    };
    for (const [name, step] of Object.entries(steps)) {
      const files = { 'resource.yaml': `message: New\nextract:\n  - ${step}\n` };
      addCommit(origin, name, { parent: tipOf(origin, 'main'), files });
    }
    const outcomes = await check(await app('strict', { policy: 'untrusted' }));
    for (const name of Object.keys(steps)) expect(outcomes.get(name)?.error?.reason, name).toBe('refused');
    expect(web.seen).toEqual([]);
    await web.close();
  });

  it('counts a change as the world’s where the edited steps had given the recorded value before', async () => {
    watchFile('core');
    setValue('core', 'v1');
    const one = await app();
    await check(one);
    const definition = `message: New core\nextract:\n  - file: ${join(home.path, 'core')}\n  - text: strip\n`;
    addCommit(origin, 'core', { files: { 'resource.yaml': definition }, message: 'Strip' });
    expect((await check(one)).get('core')).toMatchObject({ outcome: 'unchanged', value: 'v1' });
    setValue('core', 'v2');
    const outcome = (await check(one)).get('core');
    expect(outcome).toMatchObject({ outcome: 'changed', value: 'v2', pushed: true });
    expect(outcome?.rebaselined).toBeUndefined();
    expect(git(origin, ['log', '-1', '--format=%B', 'core'])).not.toContain('[skip ci]');
  });

  it('ends where a value that awaits confirmation is another one at each look', async () => {
    const definition = 'message: New\nconfirm: 3\nconfirm_after: 1ms\nextract:\n  - shell: date +%s%N\n';
    addCommit(origin, 'restless', { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
    expect((await check(await app())).get('restless')).toMatchObject({
      outcome: 'unchanged',
      pending: expect.any(String),
    });
    expect(subjectsOf(origin, 'restless')[0]).not.toContain('New (');
  });

  it('never records or shows a secret that a server echoes', async () => {
    const web = await startWebServer();
    web.on('/echo', (response, request) => response.end(JSON.stringify({ auth: request.headers.authorization })));
    const steps = (extra: string) =>
      `message: New\nextract:\n  - http: ${web.url}/echo\n    headers: { Authorization: "Bearer \${secret:TOKEN}" }\n  - json: $.auth\n${extra}`;
    for (const [name, extra] of Object.entries({ open: '', strict: 'accept: ^\\d+$\n' })) {
      addCommit(origin, name, { parent: tipOf(origin, 'main'), files: { 'resource.yaml': steps(extra) } });
    }
    const one = await openApp({
      url: origin,
      directory: join(home.path, 'secretive'),
      settings: { secrets: { TOKEN: { env: 'THE_TOKEN', hosts: [new URL(web.url).host] } } },
      environment: { THE_TOKEN: 'open-sesame-42' },
    });
    opened.push(one);
    const outcomes = await check(one);
    expect(outcomes.get('open')).toMatchObject({ outcome: 'failed', error: { reason: 'bad-value' } });
    expect(outcomes.get('strict')).toMatchObject({ outcome: 'failed', error: { reason: 'not-accepted' } });
    expect(JSON.stringify([...outcomes.values(), await one.status([], NEVER)])).not.toContain('sesame');
    expect(git(origin, ['log', '--all', '--format=%B'])).not.toContain('sesame');
    await web.close();
  });

  it('keeps a scheduled resource due as long as its change could not be pushed', async () => {
    watchFile('daily', 'every: 1d\n');
    setValue('daily', '1');
    const one = await app();
    const due = async () => {
      const { outcomes } = await one.check(
        { names: [], all: 'due', write: 'write', onOutcome: () => {}, onPlan: () => {} },
        NEVER,
      );
      return outcomes[0];
    };
    installHook(origin, 'update', 'echo frozen; exit 1');
    expect(await due()).toMatchObject({ outcome: 'new', pushed: false });
    installHook(origin, 'update', 'exit 0');
    expect(await due()).toMatchObject({ outcome: 'new', pushed: true });
    expect(await due()).toMatchObject({ outcome: 'skipped', why: expect.stringMatching(/^not due before /) });
  });

  it('that is stopped says nothing against the remote', async () => {
    watchFile('core');
    setValue('core', '1');
    const one = await app();
    const stopped = AbortSignal.abort();
    const report = await one
      .check({ names: [], all: 'due', write: 'write', onOutcome: () => {}, onPlan: () => {} }, stopped)
      .catch((error: unknown) => error);
    expect(report).not.toMatchObject({ remoteFailure: { reason: expect.any(String) } });
    expect((await one.status([], NEVER)).remote).toEqual({ failing_since: null, error: null });
  });
});
