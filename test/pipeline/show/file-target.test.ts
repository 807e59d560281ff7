import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isFileTarget } from '../../../src/pipeline/show/file-target.ts';
import { temporaryDirectory } from '../../support/git-origin.ts';

it.each([
  ['there', true],
  ['./missing', true],
  ['../missing', true],
  ['/missing', true],
  ['.', true],
  ['..', true],
  ['missing.yaml', true],
  ['missing/resource.yml', true],
  ['core-beta', false],
  ['suites/core-beta', false],
  ['.hidden', false],
  ['core.yaml.beta', false],
])('%s is meant as a path: %s', async (target, isPath) => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  writeFileSync(join(path, 'there'), '');
  expect(await isFileTarget(target, path)).toBe(isPath);
});
