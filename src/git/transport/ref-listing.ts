// What a remote says it has: the requests and answers of git's protocol versions 0, 1 and 2 (gitprotocol-v2,
// gitprotocol-pack), the same over HTTP and over a local process.
import { Failure } from '../../core/failure.ts';
import { sha256Repository } from '../oid.ts';
import type { RefListing } from '../repository.ts';
import { brokenAnswer, DELIMITER, FLUSH, type Packet, packetLine, packetText, printable } from './pkt-line.ts';

/** One ref of a remote; `peeled` is what an annotated tag stands for. */
export interface RemoteRef {
  readonly name: string;
  readonly oid: string;
  readonly peeled?: string;
}

/** Everything that one listing said. */
export interface RemoteRefs {
  readonly refs: readonly RemoteRef[];
  /** Full name of the ref that HEAD points to, where the remote says so. */
  readonly head: string | null;
}

/** How a server introduced itself. */
export type Advertisement =
  | { readonly version: 2; readonly capabilities: ReadonlyMap<string, string> }
  | ({ readonly version: 0; readonly capabilities: ReadonlyMap<string, string> } & RemoteRefs);

const NOTES_REF = 'refs/notes/spread-cron';
const BRANCHES = 'refs/heads/';
const OWN = 'refs/spread-cron/';

/** What a Repository lists, as ref prefixes. */
export const OUR_PREFIXES: readonly string[] = ['HEAD', BRANCHES, NOTES_REF, OWN];

/** The ls-refs request of protocol version 2. */
export function lsRefsRequest(prefixes: readonly string[]): string {
  return [
    packetLine('command=ls-refs\n'),
    DELIMITER,
    packetLine('peel\n'),
    packetLine('symrefs\n'),
    ...prefixes.map((prefix) => packetLine(`ref-prefix ${prefix}\n`)),
    FLUSH,
  ].join('');
}

/** Reads what a server says first: its capabilities (version 2), or these and all refs (versions 0 and 1). */
export function readAdvertisement(packets: Iterator<Packet>): Advertisement {
  const lines: string[] = [];
  let complete = false;
  for (let next = packets.next(); next.done !== true; next = packets.next()) {
    if (next.value === 'flush') {
      // Over HTTP the service is announced in a section of its own.
      if (lines.length === 1 && lines[0]?.startsWith('# service=') === true) {
        lines.length = 0;
        continue;
      }
      complete = true;
      break;
    }
    if (typeof next.value !== 'string') lines.push(packetText(next.value));
  }
  const error = lines[0]?.startsWith('ERR ') === true ? lines[0].slice(4) : null;
  if (error !== null)
    throw new Failure('not-found', 'the remote refuses to show this repository', { remote_said: printable(error) });
  if (!complete) throw brokenAnswer();
  if (lines[0] === 'version 2') {
    const capabilities = new Map(lines.slice(1).map(splitCapability));
    refuseSha256(capabilities);
    return { version: 2, capabilities };
  }
  if (lines[0] === 'version 1') lines.shift();
  const [first, ...others] = lines;
  // An empty repository may have nothing to say.
  if (first === undefined) return { version: 0, capabilities: new Map(), refs: [], head: null };
  if (!first.includes('\0')) throw brokenAnswer();
  const [ref = '', list = ''] = first.split('\0');
  const words = list.split(' ').filter((word) => word !== '');
  const capabilities = new Map(words.map(splitCapability));
  refuseSha256(capabilities);
  // `symref` is the one capability that may be there several times.
  const symref = words.find((word) => word.startsWith('symref=HEAD:'));
  return {
    version: 0,
    capabilities,
    refs: readOldRefs([ref, ...others]),
    head: symref?.slice('symref=HEAD:'.length) ?? null,
  };
}

/** Reads the answer to an ls-refs request. */
export function readLsRefs(packets: Iterable<Packet>): RemoteRefs {
  const refs: RemoteRef[] = [];
  let head: string | null = null;
  let complete = false;
  for (const packet of packets) {
    if (packet === 'flush') {
      complete = true;
      break;
    }
    if (typeof packet === 'string') continue;
    const text = packetText(packet);
    if (text.startsWith('ERR '))
      throw new Failure('remote-unreachable', 'the remote refused to list its refs', {
        remote_said: printable(text.slice(4)),
      });
    const [oid = '', name = '', ...attributes] = text.split(' ');
    const peeled = attributes.find((attribute) => attribute.startsWith('peeled:'))?.slice('peeled:'.length);
    if (name === 'HEAD')
      head =
        attributes.find((attribute) => attribute.startsWith('symref-target:'))?.slice('symref-target:'.length) ?? null;
    refs.push(remoteRef(oid, name, peeled));
  }
  if (!complete) throw brokenAnswer();
  return { refs, head };
}

/** Reads the table that `git ls-remote --symref` prints. */
export function readLsRemote(output: string): RemoteRefs {
  const lines = output.split('\n').filter((line) => line !== '');
  const symref = lines.find((line) => line.startsWith('ref: ') && line.endsWith('\tHEAD'));
  const table = lines.filter((line) => !line.startsWith('ref: ')).map((line) => line.replace('\t', ' '));
  return { refs: readOldRefs(table), head: symref?.slice('ref: '.length, -'\tHEAD'.length) ?? null };
}

/** What concerns a Repository of all that a remote has. */
export function toListing(remote: RemoteRefs): RefListing {
  const branches = new Map<string, string>();
  const own = new Map<string, string>();
  for (const { name, oid } of remote.refs) {
    if (name.startsWith(BRANCHES)) branches.set(name.slice(BRANCHES.length), oid);
    else if (name === NOTES_REF || name.startsWith(OWN)) own.set(name, oid);
  }
  const head = remote.head?.startsWith(BRANCHES) === true ? remote.head.slice(BRANCHES.length) : null;
  return { branches, own, defaultBranch: head !== null && branches.has(head) ? head : null };
}

/** Refs as versions 0 and 1 list them: a tag's peeled id follows on a line of its own, marked `^{}`. */
function readOldRefs(lines: readonly string[]): readonly RemoteRef[] {
  const refs = new Map<string, RemoteRef>();
  for (const line of lines) {
    const space = line.indexOf(' ');
    const [oid, name] = [line.slice(0, space), line.slice(space + 1)];
    // An empty repository lists a ref that is none, to have a line for its capabilities.
    if (name === 'capabilities^{}' || oid === 'shallow') continue;
    const tag = name.endsWith('^{}') ? refs.get(name.slice(0, -3)) : undefined;
    if (tag === undefined) refs.set(name, remoteRef(oid, name, undefined));
    else refs.set(tag.name, remoteRef(tag.oid, tag.name, oid));
  }
  return [...refs.values()];
}

function remoteRef(oid: string, name: string, peeled: string | undefined): RemoteRef {
  if (/^[0-9a-f]{64}$/.test(oid)) throw sha256Repository();
  if (!/^[0-9a-f]{40}$/.test(oid) || (name !== 'HEAD' && !name.startsWith('refs/'))) throw brokenAnswer();
  return peeled === undefined ? { name, oid } : { name, oid, peeled };
}

function splitCapability(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

function refuseSha256(capabilities: ReadonlyMap<string, string>): void {
  const format = capabilities.get('object-format');
  if (format !== undefined && format !== 'sha1') throw sha256Repository();
}
