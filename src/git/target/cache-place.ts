// Where the cache of a target repository is: one directory per address, and in it one bare repository per way to clone.
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { TargetDefinition } from '../../core/run-definition.ts';
import { type Remote, remoteHost } from '../remote-url.ts';

export interface CachePlace {
  /** Everything of this address. */
  readonly root: string;
  /** The bare repository. Shallow and partial ones stand apart: what was left out of one must not be missing in another. */
  readonly repository: string;
  /** Objects of git-lfs. */
  readonly lfs: string;
  /** Says when it was last used: milliseconds since the epoch, as text. */
  readonly used: string;
  /** Beside the directory, so that it survives its removal. */
  readonly lock: string;
}

/** The place below `directory`, called `<host>-<name>-<12 hex of the SHA-256 of the address without credentials>`. */
export function cachePlace(
  directory: string,
  remote: Remote,
  target: Pick<TargetDefinition, 'depth' | 'filter'>,
): CachePlace {
  const name = basename(remote.url.replace(/\/+$/, '').replace(/\.git$/, '')) || 'repository';
  const key = createHash('sha256').update(remote.url).digest('hex').slice(0, 12);
  const root = join(directory, [remoteHost(remote) ?? 'local', name, key].map(asFileName).join('-'));
  const { depth, filter } = target;
  const parts = [...(depth === null ? [] : [`depth-${depth}`]), ...(filter === null ? [] : [filter])];
  return {
    root,
    repository: join(root, `${parts.length === 0 ? 'full' : asFileName(parts.join('-'))}.git`),
    lfs: join(root, 'lfs'),
    used: join(root, 'used'),
    lock: `${root}.lock`,
  };
}

/** Kept to letters, digits and a few marks; what tells addresses apart is the digest. */
function asFileName(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 80);
}
