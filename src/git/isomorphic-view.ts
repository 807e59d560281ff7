// What isomorphic-git sees of the mirror while it reads one batch: for every object it lists directories, looks for a loose
// file and asks for the configuration again. Here the first answer stands for the whole batch, a third of the work.
import { dirname } from 'node:path';
import type { PromiseFsClient } from 'isomorphic-git';
import type { Disk } from '../system/disk.ts';

const LOOSE = /\/objects\/([0-9a-f]{2})\/[0-9a-f]{38}$/;

const NO_SUCH_FILE = Object.assign(new Error('no such file or directory'), { code: 'ENOENT' });

/** A view for one batch; what another process does meanwhile is seen by the next one. */
export function createReadingView(disk: Disk): PromiseFsClient {
  const answers = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, ask: () => Promise<T>): Promise<unknown> => {
    const answer = answers.get(key) ?? ask();
    answers.set(key, answer);
    return answer;
  };
  const readdir = (path: string) => once(`readdir ${path}`, () => disk.readdir(path));

  const readFile = async (path?: string, options?: Parameters<Disk['readFile']>[1]): Promise<unknown> => {
    // It finds out whether an fs is made of promises by calling this without a path.
    if (path === undefined) return undefined;
    const directory = LOOSE.exec(path)?.[1];
    if (directory === undefined)
      return once(`readFile ${path} ${JSON.stringify(options)}`, () => disk.readFile(path, options));
    const present = await readdir(dirname(dirname(path)));
    if (!Array.isArray(present) || !present.includes(directory)) throw NO_SUCH_FILE;
    return disk.readFile(path, options);
  };

  return {
    promises: { ...disk, readdir, readFile, stat: (path: string) => once(`stat ${path}`, () => disk.stat(path)) },
  };
}
