// Which resources repository a command is about: the one that was named by flag, environment or configuration, else the
// `origin` of the git clone one stands in.
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../core/failure.ts';
import { type Disk, diskErrorCode } from '../system/disk.ts';

type ReadingDisk = Pick<Disk, 'readFile'>;

/** The address to use: `named` (URL or path) means exactly that repository, also where the path is a clone. Null where
 * none is named and no clone's `origin` is near. */
export async function repositoryAddress(
  named: string | null,
  directory: string,
  disk: ReadingDisk,
): Promise<string | null> {
  return named === null ? originOf(directory, disk) : addressFrom(named, directory);
}

/** What is told where there is no address: the ways to say it. */
export function noRepository(): Failure {
  return new Failure(
    'usage',
    'which resources repository? say --repository URL, or set SPREAD_CRON_REPOSITORY (or repository in the configuration), or run the command inside a clone that has an origin',
  );
}

/** URLs and `host:path` as they are; paths made absolute from the directory in which they were said. */
export function addressFrom(text: string, directory: string): string {
  const isAddress = /^[A-Za-z][\w+.-]*:\/\//.test(text) || /^[^/]+:/.test(text);
  return isAddress ? text : resolve(directory, text);
}

/** The URL of `origin` of the clone that a directory lies in; null outside of one and where it has no origin. */
async function originOf(directory: string, disk: ReadingDisk): Promise<string | null> {
  const found = await findConfiguration(directory, disk);
  if (found === null) return null;
  const url = originUrl(found.text);
  return url === null ? null : addressFrom(url, found.root);
}

/** The nearest `.git` upwards: a directory, or in work trees and submodules a file that says where it is. */
async function findConfiguration(
  directory: string,
  disk: ReadingDisk,
): Promise<{ readonly root: string; readonly text: string } | null> {
  for (let root = resolve(directory); ; root = dirname(root)) {
    const text = await readText(join(root, '.git/config'), disk);
    if (text !== null) return { root, text };
    const pointer = /^gitdir: (.+)$/m.exec((await readText(join(root, '.git'), disk)) ?? '')?.[1]?.trim();
    if (pointer !== undefined) {
      const own = resolve(root, pointer);
      const common = (await readText(join(own, 'commondir'), disk))?.trim();
      const shared = await readText(join(common === undefined ? own : resolve(own, common), 'config'), disk);
      return shared === null ? null : { root, text: shared };
    }
    if (root === dirname(root)) return null;
  }
}

async function readText(path: string, disk: ReadingDisk): Promise<string | null> {
  try {
    return (await disk.readFile(path)).toString('utf8');
  } catch (error) {
    // absent, a directory, or not ours to read: then the answer is not here
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes(diskErrorCode(error) ?? '')) return null;
    throw error;
  }
}

/** `url` of `[remote "origin"]` in the text of a git configuration file; the last one counts, as in git. */
export function originUrl(text: string): string | null {
  let inOrigin = false;
  let url: string | null = null;
  for (const line of text.replace(/\\\r?\n/g, '').split(/\r?\n/)) {
    const section = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (section !== null) inOrigin = section[1]?.toLowerCase() === 'remote' && section[2] === 'origin';
    const written = inOrigin ? /^(?:\s*\[[^\]]*\])?\s*url\s*=\s*(.*)$/i.exec(line)?.[1] : undefined;
    if (written !== undefined) url = unquote(written);
  }
  return url === null || url === '' ? null : url;
}

/** A value of git's configuration: quotes and escapes taken away, comments outside of quotes cut off. */
function unquote(written: string): string {
  let value = '';
  let quoted = false;
  for (const [token] of written.matchAll(/\\.|[^\\]/g)) {
    if (token === '"') quoted = !quoted;
    else if (!quoted && (token === '#' || token === ';')) break;
    else value += token.startsWith('\\') ? token.slice(1) : token;
  }
  return value.trimEnd();
}
