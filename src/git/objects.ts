// Git objects to and from bytes (formats: git's gitformat documentation, "commit", "tree" and "blob" objects). Encoding
// gives objects that exist in memory only until a push or the mirror writes them.
import { Failure } from '../core/failure.ts';
import { hashObject } from './oid.ts';
import type { Commit, Identity, NewObject, TreeEntry } from './repository.ts';

/** The tree without entries, which every repository knows. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export function encodeBlob(content: Uint8Array | string): NewObject {
  return newObject('blob', typeof content === 'string' ? Buffer.from(content) : content);
}

/** A tree of direct entries, in any order: `path` is one name without `/`. */
export function encodeTree(entries: readonly TreeEntry[]): NewObject {
  const sorted = entries
    .map((entry) => ({ entry, key: Buffer.from(entry.mode === '040000' ? `${entry.path}/` : entry.path) }))
    .sort((left, right) => Buffer.compare(left.key, right.key));
  const parts: Buffer[] = [];
  for (const { entry } of sorted) {
    if (entry.path === '' || entry.path.includes('/') || entry.path.includes('\0'))
      throw new Failure('internal', 'not a name of a tree entry', { path: entry.path });
    parts.push(Buffer.from(`${entry.mode.replace(/^0/, '')} ${entry.path}\0`), Buffer.from(entry.oid, 'hex'));
  }
  return newObject('tree', Buffer.concat(parts));
}

export interface CommitParts {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly identity: Identity;
  /** Milliseconds since the epoch: the time of observation; git keeps whole seconds. */
  readonly authoredAt: number;
  /** The whole message, subject first; written as given. */
  readonly message: string;
}

export function encodeCommit(parts: CommitParts): NewObject {
  const who = `${person(parts.identity)} ${Math.floor(parts.authoredAt / 1000)} +0000`;
  const lines = [
    `tree ${parts.tree}`,
    ...parts.parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
  ];
  return newObject('commit', Buffer.from(`${lines.join('\n')}\n\n${parts.message}`));
}

/** Reads a commit's bytes. A commit that git itself could not have written is a Failure `mirror-damaged`. */
export function decodeCommit(oid: string, body: Uint8Array): Commit {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const end = bytes.indexOf('\n\n');
  const head = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
  const tree = /^tree ([0-9a-f]{40})$/m.exec(head)?.[1];
  if (tree === undefined) throw new Failure('mirror-damaged', 'the mirror holds a broken commit', { commit: oid });
  const seconds = /^author .*> (-?\d+)(?: [+-]\d+)?$/m.exec(head)?.[1];
  const encoding = /^encoding (\S+)$/m.exec(head)?.[1];
  const message = end < 0 ? '' : decodeText(bytes.subarray(end + 2), encoding);
  return {
    oid,
    tree,
    parents: [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map((match) => match[1] ?? ''),
    subject: message.split('\n', 1)[0] ?? '',
    message,
    authoredAt: Number(seconds ?? 0) * 1000,
  };
}

/** Reads a tree's bytes: its direct entries. */
export function decodeTree(oid: string, body: Uint8Array): readonly TreeEntry[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const entries: TreeEntry[] = [];
  let position = 0;
  while (position < bytes.length) {
    const space = bytes.indexOf(0x20, position);
    const zero = bytes.indexOf(0, space);
    if (space < 0 || zero < 0 || zero + 21 > bytes.length)
      throw new Failure('mirror-damaged', 'the mirror holds a broken tree', { tree: oid });
    entries.push({
      path: bytes.toString('utf8', space + 1, zero),
      mode: canonicalMode(bytes.toString('latin1', position, space)),
      oid: bytes.toString('hex', zero + 1, zero + 21),
    });
    position = zero + 21;
  }
  return entries;
}

function newObject(type: NewObject['type'], body: Uint8Array): NewObject {
  return { oid: hashObject(type, body), type, body };
}

/** Names and addresses without what would end the field in a commit's header. */
function person(identity: Identity): string {
  const clean = (text: string) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
    text.replace(/[\u0000-\u001f<>]/g, '').trim();
  return `${clean(identity.name) || 'spread-cron'} <${clean(identity.email)}>`;
}

/** Old histories hold modes such as 100664; git reads them as the nearest of the five that exist. */
function canonicalMode(mode: string): TreeEntry['mode'] {
  const bits = Number.parseInt(mode, 8);
  switch (bits & 0o170000) {
    case 0o040000:
      return '040000';
    case 0o120000:
      return '120000';
    case 0o160000:
      return '160000';
    default:
      return (bits & 0o100) === 0 ? '100644' : '100755';
  }
}

function decodeText(bytes: Uint8Array, encoding: string | undefined): string {
  if (encoding === undefined) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  try {
    return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  } catch {
    // An encoding that this platform does not know: the subject is still readable as far as it is ASCII.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }
}
