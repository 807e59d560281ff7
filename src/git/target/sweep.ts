// Removes what a git that was killed leaves in a repository of ours: locks that nobody holds, packs that never became
// whole. Only for the holder of the cache's lock, who knows that no other git of ours writes.
import { join } from 'node:path';
import { type Disk, diskErrorCode } from '../../system/disk.ts';

/** Half a pack, a loose object or an index; and the mark that a fetch puts on the pack it just got. */
const LEFT_IN_PACKS = /^(?:\.?tmp[-_].*|.*\.keep|.*\.lock)$/;
const LEFT_IN_OBJECTS = /^(?:tmp_.*|incoming-.*)$/;

export async function sweepRepository(directory: string, disk: Disk): Promise<void> {
  const names = async (path: string): Promise<readonly string[]> => {
    try {
      return await disk.readdir(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(diskErrorCode(error) ?? '')) return [];
      throw error;
    }
  };
  const remove = async (path: string, which: (name: string) => boolean) => {
    for (const name of await names(path))
      if (which(name)) await disk.rm(join(path, name), { recursive: true, force: true });
  };
  const isLock = (name: string) => name.endsWith('.lock');

  await remove(directory, isLock);
  await remove(join(directory, 'objects', 'pack'), (name) => LEFT_IN_PACKS.test(name));
  await remove(join(directory, 'objects', 'info'), isLock);
  await remove(join(directory, 'objects'), (name) => LEFT_IN_OBJECTS.test(name));
  for (const name of await names(join(directory, 'objects')))
    if (/^[0-9a-f]{2}$/.test(name))
      await remove(join(directory, 'objects', name), (file) => file.startsWith('tmp_obj_'));
  const sweepRefs = async (path: string): Promise<void> => {
    await remove(path, isLock);
    for (const entry of await names(path)) await sweepRefs(join(path, entry));
  };
  await sweepRefs(join(directory, 'refs'));
}
