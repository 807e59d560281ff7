// The directory of a run: made fresh, cleared away by policy, and what a killed process left is recognised and removed.
// Removing begins with a rename, so that half a workspace never looks like one.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describeFailure, Failure, toFailure } from '../core/failure.ts';
import type { DefinitionFiles } from '../core/run-plan.ts';
import { type Disk, diskErrorCode, systemDisk } from '../system/disk.ts';
import { makePrivateDirectory } from '../system/files.ts';
import type { Log } from '../system/log.ts';
import { removeTree } from './prepare/remove-tree.ts';
import { createSecretFiles, type SecretFile } from './prepare/secret-files.ts';

/** All absolute. */
export interface Workspace {
  /** The run's own directory, for this user alone. */
  readonly root: string;
  /** Where the commit that holds the definition is checked out; not made yet. */
  readonly checkout: string;
  /** For TMPDIR of the tasks. */
  readonly tmp: string;
}

/** Where the parts of a run are. */
export interface WorkspacePlace extends Workspace {
  /** The definition's directory. */
  readonly definition: string;
  /** Where the target is cloned to. */
  readonly target: string;
}

export interface Workspaces {
  /** Makes a new directory; what an earlier attempt of the same id left is removed first. One into which nothing is put
   * is TMPDIR itself: a second directory would cost a short run as much as starting it. Failure `not-writable`. */
  make(run: string, content?: 'files' | 'nothing'): Promise<Workspace>;
  /**
   * Writes secrets as files below the definition's directory. Failures: `refused` (outside of it, through a symbolic
   * link, or over a file that is there), `not-writable`. Whatever was written by then is known to `removeSecrets`.
   */
  writeSecrets(run: string, definition: string, secrets: readonly SecretFile[]): Promise<void>;
  /** Takes the secrets away that were written for the run. Never rejects: what cannot be removed is told. */
  removeSecrets(run: string): Promise<void>;
  /** Marks the workspace as one that somebody wants to look at: `collect` leaves it alone. Takes its secrets away. */
  keep(run: string): Promise<void>;
  /** Removes the workspace, and the secrets of the run wherever they are. Never rejects: what is left is told. */
  remove(run: string): Promise<void>;
  /** Removes the workspaces of all other runs, less those that were marked to be kept. */
  collect(running: ReadonlySet<string>): Promise<void>;
  /** Removes what was kept ready for runs to come. */
  close(): Promise<void>;
}

const RUN_ID = /^[0-9a-z][0-9a-z-]{3,63}$/;
const REMOVING = '.removing-';
/** Notes on a run are beside its workspace, where none of its scripts changes them in a sandbox. */
const SPARE = '.spare-';
const KEPT = '.kept-';
const SECRETS = '.secrets-';

export function createWorkspaces(options: {
  readonly root: string;
  readonly log: Log;
  readonly disk?: Disk | undefined;
}): Workspaces {
  const { root, log, disk = systemDisk } = options;
  const placeOf = (run: string): string => {
    if (RUN_ID.test(run)) return join(root, run);
    throw new Failure('internal', 'not the id of a run', { run: run.slice(0, 80) });
  };
  const secretsOf = (run: string) => createSecretFiles(join(root, SECRETS + run), placeOf(run), disk);

  /** Runs whose workspaces were made here, and of which nothing is noted beside them; with what is for TMPDIR. */
  const plain = new Map<string, string>();
  let rootMade: Promise<void> | null = null;
  const makeRoot = () => {
    rootMade ??= makePrivateDirectory(root).catch((error: unknown) => {
      rootMade = null;
      throw error;
    });
    return rootMade;
  };
  /** Empty directories of runs that have ended, for the next ones: where many are made and removed in a second, a file
   * system spends more time on that than everything else takes. */
  const spares: string[] = [];
  const takeSpare = async (own: string): Promise<'taken' | 'none'> => {
    const spare = spares.pop();
    if (spare === undefined) return 'none';
    try {
      await disk.rename(spare, own);
      return 'taken';
    } catch (error) {
      const code = diskErrorCode(error);
      if (code === null) throw error;
      // another process has cleared it away; else something is where it is wanted, and it stays for the next run
      if (code !== 'ENOENT') spares.push(spare);
      return 'none';
    }
  };
  /** What was left as it was made is as good as new; anything else is removed. */
  const spare = async (run: string): Promise<'spared' | 'used'> => {
    const own = placeOf(run);
    if ((await disk.readdir(own)).length > 0 || ((await disk.lstat(own)).mode & 0o7777) !== 0o700) return 'used';
    const aside = join(root, SPARE + run);
    await disk.rename(own, aside);
    spares.push(aside);
    return 'spared';
  };

  /** In one step, which costs a fraction of three. */
  const makeNew = async (own: string, tmp: string): Promise<'made' | 'was there'> => {
    if (own === tmp && (await takeSpare(own)) === 'taken') return 'made';
    try {
      const first = await disk.mkdir(tmp, { recursive: true, mode: 0o700 });
      return first === own ? 'made' : 'was there';
    } catch (error) {
      if (diskErrorCode(error) === 'ENOTDIR' || diskErrorCode(error) === 'EEXIST') return 'was there';
      throw error;
    }
  };

  const telling = async (what: string, act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      log.warn(`warning: ${what}: ${describeFailure(asFailure(error, root))}`);
    }
  };

  const removeSecrets = (run: string) =>
    telling(`secrets of run ${run} may be left in its files`, async () => {
      for (const path of await secretsOf(run).remove())
        log.warn(`warning: a secret of run ${run} is no longer where it was written: ${path}`);
    });

  /** Takes away what has nothing in it but what it was made with: most runs leave it so. */
  const removeEmpty = async (run: string, tmp: string): Promise<'removed' | 'not empty'> => {
    const own = placeOf(run);
    try {
      if (tmp === own && (await spare(run)) === 'spared') return 'removed';
      if (tmp !== own) await disk.rmdir(tmp);
      await disk.rmdir(own);
      return 'removed';
    } catch (error) {
      if (diskErrorCode(error) === null) throw error;
      return 'not empty';
    }
  };

  const remove = async (run: string) => {
    const tmp = plain.get(run);
    plain.delete(run);
    if (tmp !== undefined && (await removeEmpty(run, tmp)) === 'removed') return;
    await removeSecrets(run);
    await telling(`the workspace of run ${run} could not be removed`, async () => {
      const aside = join(root, `${REMOVING}${run}-${randomBytes(4).toString('hex')}`);
      try {
        await disk.rename(placeOf(run), aside);
      } catch (error) {
        if (diskErrorCode(error) === 'ENOENT') return;
        throw error;
      }
      await disk.rm(join(root, KEPT + run), { force: true });
      await removeTree(aside, disk);
    });
  };

  return {
    async make(run, content = 'files') {
      const own = placeOf(run);
      const tmp = content === 'nothing' ? own : join(own, 'tmp');
      try {
        await makeRoot();
        if ((await makeNew(own, tmp)) === 'was there') {
          await remove(run);
          await makeNew(own, tmp);
        }
      } catch (error) {
        throw asFailure(error, own);
      }
      plain.set(run, tmp);
      return { root: own, checkout: join(own, 'checkout'), tmp };
    },

    async writeSecrets(run, definition, secrets) {
      if (secrets.length > 0) plain.delete(run);
      try {
        await secretsOf(run).write(definition, secrets);
      } catch (error) {
        throw asFailure(error, definition);
      }
    },

    removeSecrets,

    async keep(run) {
      plain.delete(run);
      await removeSecrets(run);
      await telling(`the workspace of run ${run} may be removed at the next start`, () =>
        disk.writeFile(join(root, KEPT + run), ''),
      );
    },

    remove,

    async collect(running) {
      const names = await namesIn(root, disk);
      const kept = new Set(names.flatMap((name) => (name.startsWith(KEPT) ? [name.slice(KEPT.length)] : [])));
      const isOver = (run: string) => RUN_ID.test(run) && !running.has(run);
      for (const name of names) {
        if (name.startsWith(REMOVING) || (name.startsWith(SPARE) && !spares.includes(join(root, name))))
          await telling('a workspace could not be removed', () => removeTree(join(root, name), disk));
        else if (name.startsWith(SECRETS) && isOver(name.slice(SECRETS.length)))
          await removeSecrets(name.slice(SECRETS.length));
        else if (isOver(name) && !kept.has(name)) await remove(name);
      }
    },

    async close() {
      for (const path of spares.splice(0))
        await telling('an empty workspace could not be removed', () => disk.rm(path, { recursive: true, force: true }));
    },
  };
}

/**
 * Where a run takes place. The files of a commit are checked out into the workspace, and `target/` is in the definition's
 * directory. A directory of this machine is used as it is: nothing is cloned into it.
 */
export function placeIn(workspace: Workspace, files: DefinitionFiles): WorkspacePlace {
  if (files.kind === 'directory') {
    const { directory } = files;
    return { ...workspace, checkout: directory, definition: directory, target: join(workspace.root, 'target') };
  }
  const definition = join(workspace.checkout, files.directory);
  return { ...workspace, definition, target: join(definition, 'target') };
}

async function namesIn(path: string, disk: Disk): Promise<readonly string[]> {
  try {
    return await disk.readdir(path);
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function asFailure(error: unknown, directory: string): Failure {
  const code = diskErrorCode(error);
  if (error instanceof Failure || code === null) return toFailure(error);
  const why =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the workspace could not be written, free some space on its disk'
      : 'the workspace could not be changed, look at its directory';
  return new Failure('not-writable', why, { directory, code }, { cause: error });
}
