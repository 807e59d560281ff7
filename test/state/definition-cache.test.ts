import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure } from '../../src/core/failure.ts';
import { parseRepositoryConfig } from '../../src/definition/repository-config.ts';
import type { Vocabulary } from '../../src/definition/vocabulary.ts';
import type { Repository } from '../../src/git/repository.ts';
import { type Configured, createDefinitionCache, type Defined } from '../../src/state/definition-cache.ts';
import { KEEPS_NOTHING, openKept } from '../../src/state/kept.ts';
import { smallVocabulary } from '../support/definition-vocabulary.ts';

const PAGE = 'message: New core\nextract:\n  - http: https://example.com/core\n  - json: $.version\n';
const BROKEN = 'message: New core\nextract:\n  - htpp: https://example.com/core\n';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-definitions-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Blobs by oid that count which ones are read. */
function blobs(contents: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const repository: Pick<Repository, 'readBlobs'> = {
    async readBlobs(oids) {
      asked.push(...oids);
      return new Map(oids.flatMap((oid) => (oid in contents ? [[oid, Buffer.from(contents[oid] ?? '')]] : [])));
    },
  };
  return { repository: repository as Repository, asked };
}

const at = (name: string, oid: string): Defined => ({
  name,
  found: { kind: 'file', layout: 'branch', file: 'resource.yaml', path: 'resource.yaml', oid },
});

const configured = async (oid: string | null, text = ''): Promise<Configured> => ({
  oid,
  configuration: await parseRepositoryConfig(Buffer.from(text)),
});

interface Reading {
  readonly contents: Readonly<Record<string, string>>;
  readonly defined: readonly Defined[];
  readonly config?: Configured;
  readonly stamp?: string;
  readonly vocabulary?: Vocabulary;
}

/** One process: what it reads, and the blobs that it had to ask for. */
async function read({ contents, defined, config, stamp = 'this program', vocabulary = smallVocabulary }: Reading) {
  const log = { debug() {}, info() {}, warn() {} };
  const kept = await openKept(join(directory, 'kept.json'), { stamp, log });
  const { repository, asked } = blobs(contents);
  const cache = createDefinitionCache(repository, { vocabulary, kept });
  const found = await cache.read(defined, config ?? (await configured(null)));
  await kept.save();
  return { found, asked };
}

describe('definitions', () => {
  it('are read once, and found as they were by the next process', async () => {
    const reading = { contents: { a: PAGE }, defined: [at('core', 'a')] };
    const first = await read(reading);
    const second = await read(reading);
    expect(first.asked).toEqual(['a']);
    expect(second.asked).toEqual([]);
    expect(second.found.get('core')).toEqual(first.found.get('core'));
    expect(second.found.get('core')).toMatchObject({ message: 'New core', confirm: 1 });
  });

  it('are read again where they were edited, and the others are not', async () => {
    const contents = { a: PAGE, b: PAGE, c: PAGE.replace('New', 'Newer') };
    await read({ contents, defined: [at('core', 'a'), at('base', 'b')] });
    const { found, asked } = await read({ contents, defined: [at('core', 'c'), at('base', 'b')] });
    expect(asked).toEqual(['c']);
    expect(found.get('core')).toMatchObject({ message: 'Newer core' });
  });

  it('of two names are kept apart, though one blob holds both', async () => {
    const config = await configured('z', 'match:\n  - name: core-*\n    set: {confirm: 3}\n');
    const reading = { contents: { a: PAGE }, defined: [at('base', 'a'), at('core-beta', 'a')], config };
    const first = await read(reading);
    const second = await read(reading);
    expect(first.asked).toEqual(['a']);
    expect(second.asked).toEqual([]);
    expect([...second.found.values()]).toMatchObject([{ confirm: 1 }, { confirm: 3 }]);
  });

  it('are settled anew where the configuration of the repository changed', async () => {
    const reading = { contents: { a: PAGE }, defined: [at('core', 'a')] };
    await read({ ...reading, config: await configured('y', 'defaults: {confirm: 2}\n') });
    const { found, asked } = await read({ ...reading, config: await configured('z', 'defaults: {confirm: 5}\n') });
    expect(asked).toEqual(['a']);
    expect(found.get('core')).toMatchObject({ confirm: 5 });
  });

  it('are settled anew within a process too', async () => {
    const { repository, asked } = blobs({ a: PAGE });
    const cache = createDefinitionCache(repository, { vocabulary: smallVocabulary, kept: KEEPS_NOTHING });
    await cache.read([at('core', 'a')], await configured('y', 'defaults: {confirm: 2}\n'));
    const found = await cache.read([at('core', 'a')], await configured('z', 'defaults: {confirm: 5}\n'));
    expect(asked).toEqual(['a', 'a']);
    expect(found.get('core')).toMatchObject({ confirm: 5 });
  });

  it('are not trusted by another program', async () => {
    const reading = { contents: { a: PAGE }, defined: [at('core', 'a')] };
    await read(reading);
    expect((await read({ ...reading, stamp: 'the next version' })).asked).toEqual(['a']);
  });

  it('that are broken are read by each process, with everything that is wrong', async () => {
    const reading = { contents: { a: BROKEN, b: PAGE }, defined: [at('core', 'a'), at('base', 'b')] };
    await read(reading);
    const { found, asked } = await read(reading);
    expect(asked).toEqual(['a']);
    expect(found.get('core')).toBeInstanceOf(Failure);
    expect(found.get('core')).toMatchObject({ details: { file: 'resource.yaml', line: 3, nearest: 'http' } });
  });

  it('whose options JSON cannot tell are read by each process', async () => {
    const schema = z.strictObject({ http: z.string().transform((text) => new URL(text)) });
    const vocabulary = { ...smallVocabulary, steps: { http: { role: 'source', summary: 'a page', schema } } } as const;
    const page = 'message: New core\nextract:\n  - http: https://example.com/core\n';
    const reading = { contents: { a: page }, defined: [at('core', 'a')], vocabulary };
    await read(reading);
    const { found, asked } = await read(reading);
    expect(asked).toEqual(['a']);
    expect(found.get('core')).toMatchObject({ extraction: { steps: [{ options: { http: expect.any(URL) } }] } });
  });

  it('that nobody asks for any more are forgotten', async () => {
    const contents = { a: PAGE, b: PAGE };
    await read({ contents, defined: [at('core', 'a'), at('base', 'b')] });
    await read({ contents: { ...contents, c: PAGE }, defined: [at('core', 'c')] });
    expect((await read({ contents, defined: [at('base', 'b')] })).asked).toEqual(['b']);
  });

  it('that are too large are told', async () => {
    const { found } = await read({ contents: {}, defined: [at('core', 'a')] });
    expect(found.get('core')).toMatchObject({ message: 'the file is too large to be a definition' });
  });
});
