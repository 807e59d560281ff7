// The raw verbs of the file system for the rooms that keep whole directory trees (the mirror, checkouts). Code takes a
// Disk as a value, so that a test can let any step fail the way a full disk does.
import * as fs from 'node:fs/promises';

export type Disk = Pick<
  typeof fs,
  | 'chmod'
  | 'copyFile'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readFile'
  | 'readdir'
  | 'readlink'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'symlink'
  | 'unlink'
  | 'writeFile'
>;

export const systemDisk: Disk = fs;

/** The POSIX code of a file system error (`ENOENT`, `ENOSPC`, …), or null for any other error. */
export function diskErrorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
