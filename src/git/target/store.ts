// One bare repository of the cache: brought up to date with git, made anew where it is damaged. Only for the holder of the
// cache's lock.
//
// A process that is killed leaves its git behind; that one ends with the next progress it tells, since nobody reads it.

import { Failure } from '../../core/failure.ts';
import type { TargetDefinition } from '../../core/run-definition.ts';
import type { Clock } from '../../system/clock.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import type { Finished } from '../../system/process.ts';
import type { GitCommand } from '../git-command.ts';
import { type Mirror, openMirror } from '../mirror/mirror.ts';
import type { RemoteRefs } from '../transport/ref-listing.ts';
import { cloneFailure, isUnadvertised } from './clone-failure.ts';
import type { RemoteAccess } from './remote-access.ts';
import { sweepRepository } from './sweep.ts';
import { KEPT_COMMITS, type WantedRef } from './wanted-ref.ts';

/** Longest time that git may take for one repository; the run's own time ends it earlier. Milliseconds. */
export const LONGEST_CLONE = 24 * 3_600_000;
/** Packs from which on they are joined, although a run waits for it. */
const TOO_MANY_PACKS = 60;

export interface StoreOptions {
  readonly git: GitCommand;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly access: RemoteAccess;
  readonly target: Pick<TargetDefinition, 'depth' | 'filter'>;
  readonly onProgress: (chunk: Uint8Array) => void;
}

/** What a repository has of what was wanted. */
export interface Brought {
  readonly commit: string;
  /** All refs of the store by full name. */
  readonly refs: ReadonlyMap<string, string>;
}

/**
 * Opens the store, or makes it. Gives null for one that is damaged as far as can be seen without reading objects: what is
 * to be done then is the caller's.
 */
export async function openStore(directory: string, disk: Disk, clock: Clock): Promise<Mirror | null> {
  await sweepRepository(directory, disk);
  const store = await openMirror(directory, disk, clock);
  try {
    await store.refs.read();
    return (await store.isMarkedDamaged()) || !(await store.looksWhole()) ? null : store;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'mirror-damaged') return null;
    // parts that every repository has are gone, or something else
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(diskErrorCode(error) ?? '')) return null;
    throw error;
  }
}

/** Fetches what the store lacks of the wanted ref. Failures: those of `TargetCache`, `mirror-damaged`, `tip-moved`. */
export async function bringStore(
  store: Mirror,
  wanted: WantedRef,
  listing: RemoteRefs,
  options: StoreOptions,
  signal: AbortSignal,
): Promise<Brought> {
  const { depth } = options.target;
  const had = await store.refs.read();
  const fetch = (more: readonly string[], refspecs: readonly string[]) =>
    fetchInto(store, more, refspecs, options, signal);
  const { url } = options.access.remote;

  if (depth === null && !hasAll(had, listing)) {
    const finished = await fetch(['--prune'], ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']);
    if (finished.code !== 0) throw cloneFailure(finished, url, store.directory);
    // hundreds of loose refs are slow to read; a fetch writes them so
    if (had.size === 0) await inStore(store, options, ['pack-refs', '--all'], signal);
  }
  if ((await store.refs.read()).get(wanted.kept) !== wanted.oid) {
    const shallow = depth === null ? [] : [`--depth=${depth}`];
    const finished = await fetch(shallow, [`+${wanted.source}:${wanted.kept}`]);
    if (finished.code !== 0 && isUnadvertised(finished))
      throw new Failure('tip-moved', 'the remote does not give this commit by itself', { url, ref: wanted.name });
    if (finished.code !== 0) throw cloneFailure(finished, url, store.directory);
  }
  const commit = await peel(store, wanted, options, signal);
  if ((await store.packs()).length > TOO_MANY_PACKS) await joinPacks(store, options.git, [wanted.kept], signal);
  return { commit, refs: await store.refs.read() };
}

/** Joins packs and drops what no ref leads to; of refs that keep single commits only those of `keep` stay. */
export async function joinPacks(
  store: Mirror,
  git: GitCommand,
  keep: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const refs = await store.refs.read();
  const old = [...refs.keys()].filter((name) => name.startsWith(KEPT_COMMITS) && !keep.includes(name));
  const inDirectory = (args: readonly string[], stdin?: string) =>
    git.run([`--git-dir=${store.directory}`, ...args], { stdin, timeout: LONGEST_CLONE }, signal);
  if (old.length > 0) await inDirectory(['update-ref', '--stdin'], old.map((name) => `delete ${name}\n`).join(''));
  const finished = await inDirectory(['gc', '--quiet', '--prune=now']);
  if (finished.code !== 0) throw cloneFailure(finished, store.directory, store.directory);
}

/** True where every branch and tag of the listing is in the store, and no other. */
function hasAll(had: ReadonlyMap<string, string>, listing: RemoteRefs): boolean {
  const isShared = (name: string) => name.startsWith('refs/heads/') || name.startsWith('refs/tags/');
  const remote = listing.refs.filter(({ name }) => isShared(name));
  if (remote.length === 0) return true;
  const own = [...had.keys()].filter(isShared).length;
  return own === remote.length && remote.every(({ name, oid }) => had.get(name) === oid);
}

function fetchInto(
  store: Mirror,
  more: readonly string[],
  refspecs: readonly string[],
  { git, access, target, onProgress }: StoreOptions,
  signal: AbortSignal,
): Promise<Finished> {
  const { settings, env } = access.forGit();
  // Whatever arrives stays a pack, checked as it is written: never thousands of loose files.
  const own = ['-c', 'fetch.unpackLimit=1', '-c', 'core.hooksPath=/dev/null', ...settings];
  const filter = target.filter === null ? [] : [`--filter=${target.filter}`];
  const flags = ['--progress', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--update-shallow'];
  return git.run(
    [
      ...own,
      `--git-dir=${store.directory}`,
      'fetch',
      ...flags,
      ...more,
      ...filter,
      '--end-of-options',
      access.remote.url,
      ...refspecs,
    ],
    { env, timeout: LONGEST_CLONE, onStderr: onProgress },
    signal,
  );
}

/** The commit that a kept ref stands for. */
async function peel(store: Mirror, wanted: WantedRef, options: StoreOptions, signal: AbortSignal): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${wanted.kept}^{commit}`];
  const finished = await inStore(store, options, args, signal);
  const commit = new TextDecoder().decode(finished.stdout).trim();
  if (finished.code === 0 && /^[0-9a-f]{40}$/.test(commit)) return commit;
  if (wanted.kind === 'branch')
    throw new Failure('mirror-damaged', 'the cache of the target is damaged', { ref: wanted.name });
  throw new Failure('not-found', 'the ref of the target leads to no commit, correct the ref', {
    url: options.access.remote.url,
    ref: wanted.name,
  });
}

function inStore(store: Mirror, { git }: StoreOptions, args: readonly string[], signal: AbortSignal) {
  return git.run([`--git-dir=${store.directory}`, ...args], {}, signal);
}
