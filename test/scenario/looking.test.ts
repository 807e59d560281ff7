// Looking at a repository runs no code of it; checking does, which shows that the tests could fail.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { Failure } from '../../src/core/failure.ts';
import { addCommit, makeOrigin, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { openApp } from '../support/open-app.ts';

const NEVER = new AbortController().signal;
const home = temporaryDirectory();
const origin = makeOrigin(join(home.path, 'origin.git'));
const mark = join(home.path, 'somebody-was-here');
let app: App;

const EVIL = `touch ${mark}\nmessage="Evil"\nnothing="$(touch ${mark})"\npattern_extractor="echo $(touch ${mark}; echo 1)"\n`;

beforeAll(async () => {
  addCommit(origin, 'main', { files: { 'README.md': 'resources', 'branches/waiting/options': EVIL } });
  addCommit(origin, 'evil', { parent: tipOf(origin, 'main'), files: { options: EVIL } });
  addCommit(origin, 'evil', { message: 'Evil (0)' });
  addCommit(origin, 'broken', {
    parent: tipOf(origin, 'main'),
    files: { options: `message="Broken"\npattern_extractor="echo 1"\nif true; then\n` },
  });
  addCommit(origin, 'jq', {
    parent: tipOf(origin, 'main'),
    files: { 'resource.yaml': 'message: Bad jq\nextract:\n  - shell: echo 1\n  - jq: ".a | ("\n' },
  });
  app = await openApp({ url: origin, directory: join(home.path, 'state') });
});
afterAll(async () => {
  await app.close();
  home.remove();
});

describe('looking at a repository', () => {
  it('runs nothing that is in it', async () => {
    const { lines } = await app.status([], NEVER);
    expect(lines.map(({ resource, value }) => [resource, value])).toContainEqual(['evil', '0']);
    const history: string[] = [];
    for await (const { value } of app.history('evil', NEVER)) history.push(value);
    expect(history).toEqual(['0']);
    await app.validate([], NEVER);
    const file = join(home.path, 'options');
    writeFileSync(file, EVIL);
    expect(await app.readDefinitionFile(file, 'evil')).not.toBeInstanceOf(Failure);
    expect(existsSync(mark)).toBe(false);

    await app.check({ names: ['evil'], all: 'due', write: 'dry-run', onOutcome: () => {}, onPlan: () => {} }, NEVER);
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);
  });

  it('tells what bash and jq have against a definition, without running it', async () => {
    const validated = await app.validate([], NEVER);
    const failures = Object.fromEntries(validated.map(({ resource, failure }) => [resource, failure]));
    expect(failures).toMatchObject({ evil: null, waiting: null });
    expect(failures.broken).toMatchObject({
      message: 'bash cannot parse the definition',
      details: { file: 'options', said: expect.stringContaining('line 4') },
    });
    expect(failures.jq).toMatchObject({ details: { path: 'extract[1].jq', line: 4 } });
    expect(existsSync(mark)).toBe(false);
  });
});
