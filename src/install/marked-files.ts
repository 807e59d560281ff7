// Files that are ours to write and remove as long as nobody else wrote or changed them.
import { Failure } from '../core/failure.ts';
import { systemDisk } from '../system/disk.ts';
import { readFileIfAny, writeFileAtomically } from '../system/files.ts';
import { type Standing, standingOf } from './mark.ts';

/** What is there, and what is to be: null for nothing. */
export interface MarkedFile {
  readonly path: string;
  readonly standing: Standing;
  readonly wanted: string | null;
}

export type Force = 'force' | 'ask';

/** Largest file that is looked at, in bytes: units are small. */
const LARGEST = 1_000_000;

export async function inspectFiles(wanted: ReadonlyMap<string, string | null>): Promise<readonly MarkedFile[]> {
  return Promise.all(
    [...wanted].map(async ([path, text]) => {
      const bytes = await readFileIfAny(path, LARGEST);
      const existing = bytes === null ? null : Buffer.from(bytes).toString('utf8');
      return { path, wanted: text, standing: standingOf(existing, text) };
    }),
  );
}

/** Throws a Failure `refused` where something is there that is not to be replaced unasked. */
export function assertReplaceable(
  what: string,
  { standing, path }: Pick<MarkedFile, 'standing' | 'path'>,
  force: Force,
) {
  if (force === 'force' || standing === 'absent' || standing === 'wanted') return;
  const said = {
    installed: `the ${what} was installed with other settings: compare with --print, then say --force to replace it`,
    edited: `the ${what} was changed since it was installed: keep what you need of it, then say --force to replace it`,
    foreign: `somebody else wrote this ${what}: keep what you need of it, then say --force to replace it`,
  };
  throw new Failure('refused', said[standing], { path });
}

/** Throws a Failure `refused` where something is there that `install` did not write, or that somebody changed. */
export function assertRemovable(what: string, { standing, path }: Pick<MarkedFile, 'standing' | 'path'>, force: Force) {
  if (standing === 'foreign')
    throw new Failure('refused', `spread-cron install did not write this ${what}: remove it by hand`, { path });
  if (standing === 'edited' && force === 'ask')
    throw new Failure('refused', `the ${what} was changed since it was installed: say --force to remove it`, { path });
}

/** Writes or removes what is not as wanted. */
export async function settleFile({ path, standing, wanted }: MarkedFile): Promise<void> {
  if (standing === 'wanted' || (wanted === null && standing === 'absent')) return;
  try {
    if (wanted === null) await systemDisk.rm(path);
    else await writeFileAtomically(path, wanted);
  } catch (error) {
    throw new Failure(
      'not-writable',
      'the file cannot be changed',
      { path, error: messageOf(error) },
      { cause: error },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
