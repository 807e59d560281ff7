// The push side of git's protocol (gitprotocol-pack, "Pushing Data To a Server"): one request with many commands and one
// pack, and the report that comes back. Every ref stands alone unless `atomic` is asked for.
import { ZERO_OID } from '../oid.ts';
import type { Pack } from '../pack.ts';
import type { RefUpdate } from '../repository.ts';
import {
  brokenAnswer,
  FLUSH,
  type Packet,
  packetLine,
  packetText,
  printable,
  readBands,
  readPackets,
} from './pkt-line.ts';

/** What a remote is asked to do. */
export interface PushRequest {
  readonly updates: readonly RefUpdate[];
  readonly pack: Pack;
  /** All refs move or none; a remote that does not know the word moves each by itself. */
  readonly atomic: boolean;
}

/** What a remote answered to one push request. */
export interface PushReport {
  /** Why the whole pack was refused (a full disk, a quota); null where it was taken. */
  readonly unpackError: string | null;
  /** Per ref: null where it was moved, else the remote's words. A ref that is missing was not answered for. */
  readonly refs: ReadonlyMap<string, string | null>;
  /** What hooks and the server said to people, on one line. */
  readonly narration: string;
}

const CAPABILITIES = 'report-status side-band-64k delete-refs agent=spread-cron';

/** The body of a push request; the pack is left out where every command deletes. */
export function pushRequest({ updates, pack, atomic }: PushRequest): Uint8Array {
  const capabilities = atomic ? `${CAPABILITIES} atomic` : CAPABILITIES;
  const commands = updates.map(({ ref, expected, next }, position) => {
    const command = `${expected ?? ZERO_OID} ${next ?? ZERO_OID} ${ref}`;
    return packetLine(position === 0 ? `${command}\0 ${capabilities}` : command);
  });
  const text = Buffer.from(commands.join('') + FLUSH);
  return updates.every(({ next }) => next === null) ? text : Buffer.concat([text, pack.bytes]);
}

/** Reads the answer to a push request; one that is cut off throws `remote-unreachable`: the outcome is not known then. */
export function readReport(packets: Iterable<Packet>): PushReport {
  const { data, narration } = readBands(packets);
  const refs = new Map<string, string | null>();
  let unpack: string | null = null;
  let complete = false;
  for (const packet of readPackets(data)) {
    if (packet === 'flush') {
      complete = true;
      break;
    }
    if (typeof packet === 'string') continue;
    const text = packetText(packet);
    const ok = /^ok (\S+)/.exec(text)?.[1];
    const refused = /^ng (\S+) ?(.*)$/.exec(text);
    if (text.startsWith('unpack ')) unpack = text.slice('unpack '.length);
    else if (ok !== undefined) refs.set(ok, null);
    else if (refused?.[1] !== undefined) refs.set(refused[1], printable(refused[2] ?? '') || 'refused');
  }
  if (!complete || unpack === null) throw brokenAnswer();
  return { unpackError: unpack === 'ok' ? null : printable(unpack), refs, narration: printable(narration) };
}
