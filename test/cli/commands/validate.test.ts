import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { runValidate } from '../../../src/cli/commands/validate.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { Definition } from '../../../src/core/resource.ts';
import { temporaryDirectory } from '../../support/git-origin.ts';
import { listen, type Telling, toolsWith } from '../command-tools.ts';

const { path: directory, remove } = temporaryDirectory();
afterAll(remove);
mkdirSync(join(directory, 'core'));
writeFileSync(join(directory, 'core/resource.yaml'), '');

const BROKEN = new Failure('definition', 'unknown key', {
  file: 'resource.yaml',
  line: 2,
  column: 1,
  path: 'extrac',
  nearest: 'extract',
});

async function validated(targets: readonly string[], broken: Failure | null, telling: Telling = {}) {
  const told = listen(telling);
  const asked: unknown[] = [];
  const app: Partial<App> = {
    validate: async (names) => {
      asked.push(names);
      return [
        { resource: 'a', file: 'branches/a/options', failure: null },
        { resource: 'b', file: null, failure: broken },
      ];
    },
    readDefinitionFile: async (path, name) => {
      asked.push([path, name]);
      return broken ?? ({} as Definition);
    },
  };
  const code = await runValidate(targets, directory, toolsWith(app, told));
  return { told, asked, code };
}

describe('validate', () => {
  it('says what is wrong with which definition, and where', async () => {
    const { told, code, asked } = await validated([], BROKEN);
    expect(asked).toEqual([[]]);
    expect(told.stdout().split('\n')).toEqual([
      'ok        a   branches/a/options',
      'broken    b',
      '          resource.yaml:2:1: extrac: unknown key; did you mean extract?',
      '',
    ]);
    expect(told.stderr()).toBe('1 ok, 1 broken\n');
    expect(code).toBe(2);
  });

  it('is content where nothing is wrong', async () => {
    const { code } = await validated(['a*'], null);
    expect(code).toBe(0);
  });

  it('reads files without asking for the repository', async () => {
    const { asked } = await validated(['core/resource.yaml', './nowhere'], null);
    expect(asked).toEqual([
      [join(directory, 'core/resource.yaml'), 'core'],
      [join(directory, 'nowhere'), 'nowhere'],
    ]);
  });

  it('takes names and files together, and a directory for a name', async () => {
    const { asked } = await validated(['core', 'core/resource.yaml'], null);
    expect(asked).toEqual([[join(directory, 'core/resource.yaml'), 'core'], ['core']]);
  });

  it('gives objects with --json', async () => {
    expect((await validated([], BROKEN, { format: 'json' })).told.objects()).toEqual([
      { resource: 'a', file: 'branches/a/options', valid: true, error: null },
      {
        resource: 'b',
        file: null,
        valid: false,
        error: {
          reason: 'definition',
          message: 'resource.yaml:2:1: extrac: unknown key; did you mean extract?',
        },
      },
    ]);
  });
});
