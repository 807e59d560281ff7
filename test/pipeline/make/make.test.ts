import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import type { Layout } from '../../../src/core/resource.ts';
import { writeResourceFile } from '../../../src/definition/resource-writer.ts';
import type { ResourceRequest } from '../../../src/pipeline/make/prepare.ts';
import { definitionPath } from '../../../src/pipeline/show/definition-file.ts';
import {
  addCommit,
  git,
  installHook,
  makeOrigin,
  subjectsOf,
  temporaryDirectory,
  tipOf,
} from '../../support/git-origin.ts';
import { openApp } from '../../support/open-app.ts';

const NEVER = new AbortController().signal;
let home: ReturnType<typeof temporaryDirectory>;
let origin: string;
let app: App;

beforeEach(async () => {
  home = temporaryDirectory();
  origin = makeOrigin(join(home.path, 'origin.git'));
  addCommit(origin, 'main', { files: { 'README.md': 'resources', '.github/workflows/ci.yml': 'on: push' } });
  app = await openApp({ url: origin, directory: join(home.path, 'state') });
});
afterEach(async () => {
  await app.close();
  home.remove();
});

async function request(name: string, layout: Layout, script = 'echo 1'): Promise<ResourceRequest> {
  const written = { message: `New ${name}`, extract: [{ shell: script }] };
  const text = await writeResourceFile(written, definitionPath(name, layout, 'resource.yaml'));
  return { name, layout, file: { name: 'resource.yaml', content: Buffer.from(text) } };
}

async function add(...requests: readonly ResourceRequest[]) {
  const prepared = await app.prepare(requests, NEVER);
  expect(prepared.map(({ failure }) => failure)).toEqual(requests.map(() => null));
  return app.add(prepared, 'baseline', NEVER);
}

const show = (what: string) => git(origin, ['show', what]);
const states = async () =>
  Object.fromEntries(
    (await app.status([], NEVER)).lines.map(({ resource, state, value }) => [resource, `${state} ${value}`]),
  );

describe('a resource that is added', () => {
  it.each(['branch', 'central'] as const)(
    'in the %s layout has its definition, its schema and a baseline that no CI runs for',
    async (layout) => {
      expect(await add(await request('a/b', layout))).toEqual(new Map([['a/b', null]]));
      const path = definitionPath('a/b', layout, 'resource.yaml');
      const home = layout === 'branch' ? 'a/b' : 'main';
      const text = show(`${home}:${path}`);
      const schema = /\$schema=(\S+)/.exec(text)?.[1] ?? '';
      expect(JSON.parse(show(`${home}:${posix.join(posix.dirname(path), schema)}`))).toMatchObject({
        title: 'spread-cron resource',
      });
      expect(subjectsOf(origin, 'a/b').slice(0, 2)).toEqual(['New a/b (1)', 'Watch a/b']);
      for (const commit of ['a/b', 'a/b~1'])
        expect(git(origin, ['log', '-1', '--format=%b', commit])).toContain('[skip ci]');
      // CI reads the workflow of the pushed commit
      expect(show('a/b:.github/workflows/ci.yml')).toBe('on: push');
      expect(await states()).toEqual({ 'a/b': 'ok 1' });
    },
  );

  it('comes with many others in one push, and in one commit of the default branch', async () => {
    const count = () => Number(git(origin, ['rev-list', '--count', 'main']));
    const before = count();
    installHook(origin, 'post-receive', `wc -l >> ${join(home.path, 'pushes')}`);
    await add(await request('a', 'central'), await request('b', 'central'), await request('c', 'branch'));
    expect(count()).toBe(before + 1);
    expect(readFileSync(join(home.path, 'pushes'), 'utf8').trim().split(/\s+/)).toEqual(['1', '3']);
    expect(await states()).toEqual({ a: 'ok 1', b: 'ok 1', c: 'ok 1' });
  });

  it('whose extraction gives nothing yet begins with an empty commit', async () => {
    await add(await request('later', 'branch', 'true'));
    expect(subjectsOf(origin, 'later')[0]).toBe('Start watching later');
    expect(git(origin, ['log', '-1', '--format=%b', 'later'])).toContain('[skip ci]');
    expect(await states()).toEqual({ later: 'ok null' });
  });

  it('has an ordinary change on top where CI is to run first', async () => {
    await app.add(await app.prepare([await request('now', 'branch')], NEVER), 'due', NEVER);
    expect(git(origin, ['log', '-1', '--format=%B', 'now'])).not.toContain('[skip ci]');
  });

  it('replaces a definition that would have been copied from the default branch', async () => {
    addCommit(origin, 'main', { files: { options: 'message="Old"\npattern_extractor="echo 1"\n' } });
    await add(await request('own', 'branch'));
    expect(git(origin, ['ls-tree', '--name-only', 'own'])).toBe('.spread-cron\nresource.yaml');
  });

  it.each([
    ['main', 'default branch'],
    ['taken', 'already'],
    ['taken/below', 'below another'],
    ['-x', 'dash'],
    ['a b', 'space'],
    ['waiting', 'spread-cron start'],
  ])('cannot be called %j', async (name, reason) => {
    addCommit(origin, 'main', { files: { 'branches/waiting/options': 'message="W"\npattern_extractor="echo 1"\n' } });
    addCommit(origin, 'taken', { parent: tipOf(origin, 'main') });
    const [prepared] = await app.prepare([await request(name, 'branch')], NEVER);
    const { message = '', details = {} } = prepared?.failure ?? {};
    expect(`${message} ${JSON.stringify(details)}`).toContain(reason);
    expect(prepared?.observation).toBeNull();
  });

  it('is made of nothing where the default branch refuses its definition', async () => {
    installHook(origin, 'update', '[ "$1" != refs/heads/main ] || { echo protected; exit 1; }');
    const prepared = await app.prepare([await request('a', 'central')], NEVER);
    await expect(app.add(prepared, 'baseline', NEVER)).rejects.toMatchObject({ reason: 'push-refused' });
    expect(git(origin, ['for-each-ref', '--format=%(refname:short)', 'refs/heads'])).toBe('main');
  });

  it('is left not started where only its branch was refused, and started later', async () => {
    installHook(origin, 'update', '[ "$1" = refs/heads/main ] || { echo frozen; exit 1; }');
    expect((await add(await request('a', 'central'))).get('a')).toMatchObject({ reason: 'push-refused' });
    expect(await states()).toEqual({ a: 'not-started null' });
    installHook(origin, 'update', 'exit 0');
    const prepared = await app.prepareStart(['a'], NEVER);
    expect(await app.add(prepared, 'baseline', NEVER)).toEqual(new Map([['a', null]]));
    expect(await states()).toEqual({ a: 'ok 1' });
    expect((await app.prepareStart(['a'], NEVER))[0]?.failure).toMatchObject({ reason: 'refused' });
  });
});

describe('a resource that is removed', () => {
  it('takes its branch and its central definition with it, and nothing else', async () => {
    await add(await request('a', 'central'), await request('b', 'central'), await request('c', 'branch'));
    expect(await app.remove(['a', 'c'], NEVER)).toEqual(['a', 'c']);
    expect(await states()).toEqual({ b: 'ok 1' });
    expect(git(origin, ['ls-tree', '-r', '--name-only', 'main', 'branches'])).toBe('branches/b/resource.yaml');
    expect(subjectsOf(origin, 'main')[0]).toBe('Stop watching a');
    await expect(app.remove(['a'], NEVER)).rejects.toMatchObject({ reason: 'not-found' });
  });
});

it('a repository without a default branch is told to be made first', async () => {
  const empty = await openApp({ url: makeOrigin(join(home.path, 'empty.git')), directory: join(home.path, 'other') });
  await expect(empty.prepare([await request('a', 'branch')], NEVER)).rejects.toMatchObject({
    message: expect.stringContaining('spread-cron init'),
  });
  await empty.close();
});
