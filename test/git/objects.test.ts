import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCommit, decodeTree, encodeBlob, encodeCommit, encodeTree } from '../../src/git/objects.ts';
import { encodePack, encodePackIndex } from '../../src/git/pack.ts';
import type { NewObject, TreeEntry } from '../../src/git/repository.ts';
import { git, makeOrigin, temporaryDirectory } from '../support/git-origin.ts';

const IDENTITY = { name: 'Robot', email: 'robot@example.com' };

describe('objects and packs', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let repository: string;
  beforeAll(() => {
    directory = temporaryDirectory();
    repository = makeOrigin(join(directory.path, 'r.git'));
  });
  afterAll(() => directory.remove());

  it('have the ids that git gives them', () => {
    const blob = encodeBlob('päth\n');
    expect(git(repository, ['hash-object', '-w', '--stdin'], 'päth\n')).toBe(blob.oid);
    const entries: TreeEntry[] = [
      { path: 'b', mode: '100644', oid: blob.oid },
      { path: 'a.c', mode: '100755', oid: blob.oid },
      { path: 'ü', mode: '120000', oid: blob.oid },
    ];
    const below = encodeTree(entries);
    const tree = encodeTree([...entries, { path: 'a', mode: '040000', oid: below.oid }]);
    const listing = (list: readonly TreeEntry[]) =>
      list.map(({ mode, oid, path }) => `${mode} ${mode === '040000' ? 'tree' : 'blob'} ${oid}\t${path}\n`).join('');
    expect(git(repository, ['mktree'], listing(entries))).toBe(below.oid);
    expect(git(repository, ['mktree'], listing([...entries, { path: 'a', mode: '040000', oid: below.oid }]))).toBe(
      tree.oid,
    );
    const commit = encodeCommit({
      tree: tree.oid,
      parents: [],
      identity: IDENTITY,
      authoredAt: 1_700_000_000_999,
      message: 'New x  (1)\n',
    });
    expect(git(repository, ['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(commit.body))).toBe(
      commit.oid,
    );
    expect(git(repository, ['log', '-1', '--format=%an <%ae> %at %ai', commit.oid])).toBe(
      'Robot <robot@example.com> 1700000000 2023-11-14 22:13:20 +0000',
    );
  });

  it('come back as they were written', () => {
    const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
    const parts = fc.record({
      tree: oid,
      parents: fc.array(oid, { maxLength: 3 }),
      seconds: fc.nat(),
      message: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(parts, ({ tree, parents, seconds, message }) => {
        const made = encodeCommit({ tree, parents, identity: IDENTITY, authoredAt: seconds * 1000, message });
        expect(decodeCommit(made.oid, made.body)).toEqual({
          oid: made.oid,
          tree,
          parents,
          authoredAt: seconds * 1000,
          message,
          subject: message.split('\n')[0],
        });
      }),
    );
    const entry = fc.record({
      path: fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => !/[/\0]/.test(name)),
      mode: fc.constantFrom('100644', '100755', '120000', '160000', '040000'),
      oid,
    });
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ({ path }) => path }), (entries) => {
        const made = encodeTree(entries);
        const byPath = (list: readonly TreeEntry[]) => new Map(list.map((item) => [item.path, item]));
        expect(byPath(decodeTree(made.oid, made.body))).toEqual(byPath(entries));
      }),
    );
  });

  it('cannot be given a header by a name or an address', () => {
    const identity = { name: 'Eve\nparent 1', email: 'a>b<c\n' };
    const made = encodeCommit({ tree: '1'.repeat(40), parents: [], identity, authoredAt: 0, message: 'x' });
    expect(decodeCommit(made.oid, made.body).parents).toEqual([]);
    expect(Buffer.from(made.body).toString()).toContain('author Eveparent 1 <abc> 0 +0000\n');
  });

  it('of other programs are read too: other encodings, signatures, old modes, no message', () => {
    const head = `tree ${'1'.repeat(40)}\nauthor A <a@b> -5 -0130\ncommitter A <a@b> 7 +0000\n`;
    const latin = Buffer.concat([Buffer.from(`${head}encoding ISO-8859-1\n\n`), Buffer.from('F\xfcnf\n', 'latin1')]);
    expect(decodeCommit('x', latin)).toMatchObject({ subject: 'Fünf', authoredAt: -5000 });
    const signed = Buffer.from(
      `${head}gpgsig -----BEGIN\n parent ${'2'.repeat(40)}\n author X <x> 9 +0\n -----END\n\nsubject\n`,
    );
    expect(decodeCommit('x', signed)).toMatchObject({ subject: 'subject', parents: [], authoredAt: -5000 });
    expect(decodeCommit('x', Buffer.from(head))).toMatchObject({ subject: '', message: '' });
    const tree = Buffer.concat([Buffer.from('100664 a\0'), Buffer.alloc(20)]);
    expect(decodeTree('x', tree)).toEqual([{ path: 'a', mode: '100644', oid: '0'.repeat(40) }]);
  });

  it('that are broken are damage, not a guess', () => {
    expect(() => decodeCommit('x', Buffer.from('nonsense'))).toThrow(
      expect.objectContaining({ reason: 'mirror-damaged' }),
    );
    expect(() => decodeTree('x', Buffer.from('100644 a\0short'))).toThrow(
      expect.objectContaining({ reason: 'mirror-damaged' }),
    );
  });

  it('are packed and indexed as git does it', () => {
    const bodies = ['', 'x', 'y'.repeat(15), 'z'.repeat(16), 'a'.repeat(512), 'b'.repeat(513), '\xff'.repeat(70_000)];
    const objects: NewObject[] = [...bodies.map((body) => encodeBlob(body)), encodeBlob('x')];
    const pack = encodePack(objects);
    expect(pack.entries.length).toBe(bodies.length);
    const file = join(directory.path, `pack-${pack.checksum}.pack`);
    writeFileSync(file, pack.bytes);
    git(repository, ['index-pack', '--strict', '-o', join(directory.path, 'git.idx'), file]);
    const ours = Buffer.from(encodePackIndex(pack));
    writeFileSync(join(directory.path, `pack-${pack.checksum}.idx`), ours);
    git(repository, ['verify-pack', file]);
    expect(git(directory.path, ['show-index'], ours)).toBe(
      git(directory.path, ['show-index'], readFileSync(join(directory.path, 'git.idx'))),
    );
  });
});
