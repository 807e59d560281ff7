// The engine without the git command: isomorphic-git indexes and reads packs, our own smart HTTP fetches them. For
// http(s) remotes; a pack is held in memory.
import { createHash, randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import type { PromiseFsClient } from 'isomorphic-git';
import { Failure } from '../../core/failure.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import { createReadingView } from '../isomorphic-view.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { decodeCommit } from '../objects.ts';
import { joinPacks } from '../pack-join.ts';
import type { SmartHttp } from '../transport/smart-http.ts';
import { type Engine, MANY_PACKS, type StoredObject } from './engine.ts';

export interface IsomorphicEngineOptions {
  readonly mirror: Mirror;
  readonly disk: Disk;
  readonly smartHttp: SmartHttp;
}

/** More known refs than this make the request longer than what they save. */
const MAX_KNOWN = 2000;

export function createIsomorphicEngine({ mirror, disk, smartHttp }: IsomorphicEngineOptions): Engine {
  const { directory } = mirror;
  const fs = { promises: disk };
  // What isomorphic-git keeps of packs and indexes; dropped when the mirror's packs were replaced underneath.
  let cache: object = {};

  const readOne = async (oid: string, view: PromiseFsClient): Promise<StoredObject | null> => {
    const { default: git } = await import('isomorphic-git');
    try {
      const { object, type } = await git.readObject({ fs: view, gitdir: directory, oid, format: 'content', cache });
      return isType(type) && object instanceof Uint8Array ? { type, body: object } : null;
    } catch (error) {
      // Trouble of this machine's is told as it is; all else means that the object is not there or not whole.
      if (['EMFILE', 'ENFILE', 'EACCES', 'EIO'].includes(diskErrorCode(error) ?? '')) throw error;
      return null;
    }
  };

  const readObjects = async (oids: readonly string[]): Promise<ReadonlyMap<string, StoredObject>> => {
    const view = createReadingView(disk);
    const found = new Map<string, StoredObject>();
    for (const oid of oids) {
      const object = await readOne(oid, view);
      if (object !== null) found.set(oid, object);
    }
    return found;
  };

  return {
    name: 'isomorphic-git',

    async fetch(target, wanted, known, signal) {
      const bytes = await smartHttp.fetchPack(wanted, known.slice(0, MAX_KNOWN), signal);
      const checksum = createHash('sha1').update(bytes.subarray(0, -20)).digest('hex');
      if (!Buffer.from(bytes.subarray(-20)).equals(Buffer.from(checksum, 'hex')))
        throw new Failure('remote-unreachable', 'the pack of the remote arrived damaged');
      const count = Buffer.from(bytes.buffer, bytes.byteOffset, 12).readUInt32BE(8);
      if (count === 0) return;
      const draft = join(target, `incoming-${randomBytes(6).toString('hex')}`);
      try {
        await disk.mkdir(draft, { recursive: true });
        const pack = join(draft, `pack-${checksum}.pack`);
        await disk.writeFile(pack, bytes, { mode: 0o444 });
        const { default: git } = await import('isomorphic-git');
        const { oids } = await git.indexPack({ fs, dir: draft, gitdir: target, filepath: basename(pack) });
        // isomorphic-git passes over what it cannot resolve, so that only the count tells.
        if (oids.length !== count) throw new Failure('remote-unreachable', 'the pack of the remote cannot be indexed');
        for (const kind of ['pack', 'idx'])
          await disk.rename(
            join(draft, `pack-${checksum}.${kind}`),
            join(target, 'objects', 'pack', `pack-${checksum}.${kind}`),
          );
      } finally {
        await disk.rm(draft, { recursive: true, force: true });
      }
    },

    readObjects,

    async readSizes(oids) {
      const objects = await readObjects(oids);
      return new Map([...objects].map(([oid, { body }]) => [oid, body.length]));
    },

    async *walk(tip) {
      let view = createReadingView(disk);
      for (let oid: string | undefined = tip; oid !== undefined; ) {
        let object = await readOne(oid, view);
        if (object === null) {
          // Another process may have repacked: the second look starts from the directory again.
          cache = {};
          view = createReadingView(disk);
          object = await readOne(oid, view);
        }
        if (object?.type !== 'commit')
          throw new Failure('mirror-damaged', 'the history of a branch cannot be walked', { tip, commit: oid });
        yield [oid];
        oid = decodeCommit(oid, object.body).parents[0];
      }
    },

    async tidy() {
      if ((await mirror.packs()).length < MANY_PACKS) return;
      await joinPacks(mirror, readObjects);
      cache = {};
    },

    reset() {
      cache = {};
    },

    async close() {
      cache = {};
    },
  };
}

function isType(text: string): text is StoredObject['type'] {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag';
}
