// What a process finds from the one before it: the same as if it had read everything itself, without reading.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { addCommit, makeOrigin, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { openApp } from '../support/open-app.ts';

const NEVER = new AbortController().signal;
const home = temporaryDirectory();
afterAll(() => home.remove());

const page = (message: string) => `message: ${message}\nextract:\n  - http: https://example.com/\n`;
const CONFIG = 'for_each:\n  - list: [sid]\n    name: debian-${item}\n    definition: {message: New Debian}\n';
const commands = join(home.path, 'commands');
const wrappers = join(home.path, 'bin');
let origin: string;
let count = 0;

beforeEach(() => {
  count += 1;
  origin = makeOrigin(join(home.path, `origin-${count}.git`));
  addCommit(origin, 'main', {
    files: { 'README.md': 'resources', 'branches/central/resource.yaml': page('New centre') },
  });
  addCommit(origin, 'central', { parent: tipOf(origin, 'main'), message: 'New centre (1)' });
  addCommit(origin, 'core', { files: { 'resource.yaml': page('New core') } });
  addCommit(origin, 'core', { message: 'New core (1)' });
  addCommit(origin, 'broken', { files: { 'resource.yaml': 'massage: New core\n' } });
  rmSync(commands, { force: true });
  mkdirSync(wrappers, { recursive: true });
  const wrapper = join(wrappers, 'git');
  const path = process.env.PATH ?? '';
  writeFileSync(wrapper, `#!/bin/sh\necho "$*" >> '${commands}'\nPATH='${path}' exec git "$@"\n`);
  chmodSync(wrapper, 0o755);
});

/** One process's view of all resources, with the state directory of that name. */
async function look(state: string) {
  const environment = { PATH: [wrappers, process.env.PATH].join(delimiter) };
  const app = await openApp({ url: origin, directory: join(home.path, `${state}-${count}`), environment });
  try {
    const names = ['broken', 'central', 'core', 'debian-sid'];
    const { lines } = await app.status(['*'], NEVER);
    return lines.filter(({ resource }) => names.includes(resource));
  } finally {
    await app.close();
  }
}

describe('a process after another one', () => {
  it('reads no object where no definition is broken', async () => {
    const first = await look('kept');
    expect(first.map(({ resource, value }) => [resource, value])).toEqual([
      ['broken', null],
      ['central', '1'],
      ['core', '1'],
    ]);
    addCommit(origin, 'broken', { files: { 'resource.yaml': page('New core') } });
    await look('kept');
    rmSync(commands);
    const third = await look('kept');
    expect(third.map(({ resource }) => resource)).toEqual(['broken', 'central', 'core']);
    const given = readFileSync(commands, 'utf8');
    expect(given).toContain('upload-pack');
    expect(given).not.toContain('cat-file');
  });

  it.each<[string, () => void]>([
    ['nothing', () => {}],
    ['a new value', () => addCommit(origin, 'core', { message: 'New core (2)' })],
    ['a definition', () => addCommit(origin, 'core', { files: { 'resource.yaml': page('Newer core') } })],
    ['a definition that broke', () => addCommit(origin, 'core', { files: { 'resource.yaml': 'nothing: here\n' } })],
    ['one that was mended', () => addCommit(origin, 'broken', { files: { 'resource.yaml': page('New core') } })],
    ['the central layout', () => addCommit(origin, 'main', { files: { 'branches/core/options': 'x' } })],
    ['the configuration', () => addCommit(origin, 'main', { files: { 'spread-cron.yaml': CONFIG } })],
    [
      'a broken configuration',
      () => addCommit(origin, 'main', { files: { 'spread-cron.yaml': 'defaults: {confirm: often}\n' } }),
    ],
  ])('sees as much as one that starts from nothing, where %s changed', async (_, change) => {
    await look('kept');
    change();
    const anew = await look('new');
    expect(await look('kept')).toEqual(anew);
    expect(await look('kept')).toEqual(anew);
  });
});
