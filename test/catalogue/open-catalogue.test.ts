// The catalogue as a directory: which folders are entries, what is told where there is none.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openCatalogue, shippedCatalogue, shippedDirectory } from '../../src/catalogue/open-catalogue.ts';
import { failureOf } from '../support/failures.ts';
import { temporaryDirectory } from '../support/git-origin.ts';
import { entryText } from './entries-of.ts';

const { path: directory, remove } = temporaryDirectory();
afterAll(remove);
for (const [name, text] of Object.entries({ second: entryText(), first: entryText(), broken: 'sumary: x\n' })) {
  mkdirSync(join(directory, name));
  writeFileSync(join(directory, name, 'entry.yaml'), text);
}
mkdirSync(join(directory, 'empty'));
writeFileSync(join(directory, 'README.md'), 'no entry');
const catalogue = openCatalogue(directory);

describe('a catalogue', () => {
  it('has an entry for each folder with an entry.yaml, in order', async () => {
    expect(await catalogue.names()).toEqual(['broken', 'first', 'second']);
    expect((await catalogue.entry('first')).name).toBe('first');
  });

  it.each(['frst', '../first', 'empty', 'README.md'])('has no entry %s, and says which is near', async (name) => {
    const failure = await failureOf(catalogue.entry(name));
    expect(failure).toMatchObject({
      reason: 'not-found',
      message: 'the catalogue has no such entry: spread-cron catalogue lists them',
      details: { name, ...(name === 'frst' ? { nearest: 'first' } : {}) },
    });
  });

  it('tells where an entry is wrong, which is no matter for the others', async () => {
    const failure = await failureOf(catalogue.entry('broken'));
    expect(failure).toMatchObject({
      reason: 'definition',
      details: { file: 'resources/broken/entry.yaml', line: 1 },
    });
  });

  it('that is not there is told', async () => {
    const failure = await failureOf(openCatalogue(join(directory, 'nowhere')).names());
    expect(failure).toMatchObject({ reason: 'configuration', message: expect.stringContaining('install it again') });
  });
});

describe('the shipped catalogue', () => {
  it('is the one of this repository', async () => {
    expect(await shippedCatalogue().names()).toContain('core-snap');
  });

  it.each([
    ['file:///lib/spread-cron/dist/main.js'],
    ['file:///lib/spread-cron/dist/chunks/open-catalogue-ABC.js'],
    ['file:///lib/spread-cron/src/catalogue/open-catalogue.ts'],
  ])('is beside the program, seen from %s', (from) => {
    expect(fileURLToPath(shippedDirectory(from))).toBe('/lib/spread-cron/resources/');
  });
});
