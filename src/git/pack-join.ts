// Makes one pack of the many small ones that pushes leave behind, where there is no git command to do it.
import type { StoredObject } from './engine/engine.ts';
import type { Mirror } from './mirror/mirror.ts';
import { encodePack } from './pack.ts';
import type { NewObject } from './repository.ts';

/** Packs with more objects stay as they are: they came from a fetch and hold deltas. */
const SMALL = 2000;

/** Joins the small packs; the new one is complete before the old ones go. A pack that cannot be read whole stays. */
export async function joinPacks(
  mirror: Mirror,
  readObjects: (oids: readonly string[]) => Promise<ReadonlyMap<string, StoredObject>>,
): Promise<void> {
  const objects: NewObject[] = [];
  const joined: string[] = [];
  for (const name of await mirror.packs()) {
    const oids = readIndexedOids(await mirror.readIndex(name));
    if (oids.length > SMALL) continue;
    const found = await readObjects(oids);
    const whole = [...found].flatMap(([oid, { type, body }]) => (type === 'tag' ? [] : [{ oid, type, body }]));
    if (whole.length < oids.length) continue;
    objects.push(...whole);
    joined.push(name);
  }
  if (joined.length < 2) return;
  const pack = encodePack(objects);
  await mirror.storePack(pack);
  for (const name of joined) if (name !== pack.checksum) await mirror.removePack(name);
}

/** The ids in a version 2 index: their number ends the fan-out table at 8, and they follow it. */
function readIndexedOids(index: Uint8Array): readonly string[] {
  const bytes = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  const count = bytes.readUInt32BE(8 + 255 * 4);
  return Array.from({ length: count }, (_, position) =>
    bytes.toString('hex', 1032 + position * 20, 1052 + position * 20),
  );
}
