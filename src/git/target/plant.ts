// Makes `target/` a repository of its own out of a store: packs are linked (or copied to another file system), refs and
// settings written. Nothing in it refers to the cache, which may be repacked or removed while the run works.
import { join } from 'node:path';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { formatPackedRefs } from '../mirror/refs.ts';
import type { Brought } from './store.ts';
import type { WantedRef } from './wanted-ref.ts';

export interface PlantOptions {
  readonly disk: Disk;
  /** The address as suites are to see it. */
  readonly origin: string;
  readonly wanted: WantedRef;
  /** Full name of the remote's default branch. */
  readonly head: string | null;
  readonly depth: number | null;
  readonly filter: string | null;
  /** Set up for git-lfs. */
  readonly lfs: boolean;
  /** Whether packs may be the cache's own files; else they are copied. */
  readonly links: 'shared' | 'copied';
}

/** COPYFILE_FICLONE: a file system that can share blocks does. */
const SHARE_BLOCKS = 2;
const WHOLE_FILE = /^pack-[0-9a-f]+\.(?:pack|idx|rev|promisor|bitmap)$/;
/** Codes of links that this file system, or the border between two, does not have. */
const NO_LINK: ReadonlySet<string | null> = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Writes `directory`/.git; no file is checked out yet. */
export async function plant(store: Mirror, brought: Brought, directory: string, options: PlantOptions): Promise<void> {
  const { disk, wanted, head } = options;
  const own = join(directory, '.git');
  for (const part of ['objects/pack', 'objects/info', 'refs/heads', 'refs/tags', 'info'])
    await disk.mkdir(join(own, part), { recursive: true });
  await takeObjects(join(store.directory, 'objects'), join(own, 'objects'), options);
  await copyIfAny(join(store.directory, 'shallow'), join(own, 'shallow'), disk);
  const refs = plantedRefs(brought, options);
  await disk.writeFile(join(own, 'packed-refs'), formatPackedRefs(refs));
  const headInOrigin = head?.replace('refs/heads/', 'refs/remotes/origin/');
  if (headInOrigin !== undefined && refs.has(headInOrigin)) {
    await disk.mkdir(join(own, 'refs/remotes/origin'), { recursive: true });
    await disk.writeFile(join(own, 'refs/remotes/origin/HEAD'), `ref: ${headInOrigin}\n`);
  }
  await disk.writeFile(join(own, 'config'), settings(options));
  // The last: without it this is no repository.
  const at = wanted.kind === 'branch' ? `ref: refs/heads/${wanted.name}` : brought.commit;
  await disk.writeFile(join(own, 'HEAD'), `${at}\n`);
}

/** Links packs between two object directories; those that are there already stay. */
export async function takePacks(
  from: string,
  to: string,
  { disk, links }: Pick<PlantOptions, 'disk' | 'links'>,
): Promise<void> {
  const had = new Set(await disk.readdir(to));
  const names = (await disk.readdir(from)).filter((name) => WHOLE_FILE.test(name) && !had.has(name));
  // an index is what makes a pack known: it comes when all else is there
  for (const name of names.sort((left, right) => Number(left.endsWith('.idx')) - Number(right.endsWith('.idx'))))
    await take(join(from, name), join(to, name), disk, links);
}

async function takeObjects(from: string, to: string, options: PlantOptions): Promise<void> {
  const { disk, links } = options;
  for (const name of await disk.readdir(from)) {
    if (!/^[0-9a-f]{2}$/.test(name)) continue;
    await disk.mkdir(join(to, name), { recursive: true });
    for (const file of await disk.readdir(join(from, name)))
      if (/^[0-9a-f]{38}$/.test(file)) await take(join(from, name, file), join(to, name, file), disk, links);
  }
  await takePacks(join(from, 'pack'), join(to, 'pack'), options);
}

async function take(from: string, to: string, disk: Disk, links: PlantOptions['links']): Promise<void> {
  if (links === 'shared') {
    try {
      return await disk.link(from, to);
    } catch (error) {
      if (!NO_LINK.has(diskErrorCode(error))) throw error;
    }
  }
  await disk.copyFile(from, to, SHARE_BLOCKS);
}

async function copyIfAny(from: string, to: string, disk: Disk): Promise<void> {
  try {
    await disk.copyFile(from, to);
  } catch (error) {
    if (diskErrorCode(error) !== 'ENOENT') throw error;
  }
}

/** As `git clone` leaves them: all branches below origin and the one that is checked out; of a shallow clone that alone. */
function plantedRefs({ refs, commit }: Brought, { wanted, depth }: PlantOptions): ReadonlyMap<string, string> {
  const planted = new Map<string, string>();
  for (const [name, oid] of refs) {
    if (depth !== null && name !== wanted.kept) continue;
    if (name.startsWith('refs/heads/')) planted.set(name.replace('refs/heads/', 'refs/remotes/origin/'), oid);
    else if (name.startsWith('refs/tags/')) planted.set(name, oid);
  }
  if (wanted.kind === 'branch') planted.set(`refs/heads/${wanted.name}`, commit);
  return planted;
}

function settings({ origin, wanted, depth, filter, lfs }: PlantOptions): string {
  const fetched =
    depth === null
      ? '+refs/heads/*:refs/remotes/origin/*'
      : wanted.kind === 'branch'
        ? `+refs/heads/${wanted.name}:refs/remotes/origin/${wanted.name}`
        : wanted.kind === 'tag'
          ? `+refs/tags/${wanted.name}:refs/tags/${wanted.name}`
          : null;
  return [
    section('core', {
      repositoryformatversion: filter === null ? '0' : '1',
      filemode: 'true',
      bare: 'false',
      logallrefupdates: 'true',
    }),
    section('remote "origin"', {
      url: origin,
      ...(fetched === null ? {} : { fetch: fetched }),
      ...(filter === null ? {} : { promisor: 'true', partialclonefilter: filter }),
    }),
    wanted.kind === 'branch'
      ? section(`branch ${quoted(wanted.name)}`, { remote: 'origin', merge: `refs/heads/${wanted.name}` })
      : '',
    lfs
      ? section('filter "lfs"', {
          clean: 'git-lfs clean -- %f',
          smudge: 'git-lfs smudge -- %f',
          process: 'git-lfs filter-process',
          required: 'true',
        })
      : '',
  ].join('');
}

function section(name: string, values: Readonly<Record<string, string>>): string {
  return `[${name}]\n${Object.entries(values)
    .map(([key, value]) => `\t${key} = ${quoted(value)}\n`)
    .join('')}`;
}

/** A value of git's configuration (git-config(1), "Syntax"); addresses and refs have no control characters. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
