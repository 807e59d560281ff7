// What was worked out from objects of the repository, which never change, kept between processes: a command that starts
// need not read a thousand definitions again. Never a source of truth: losing it costs time and nothing else.
import { createHash } from 'node:crypto';
import { Failure } from '../core/failure.ts';
import { readFileIfAny, writeFileAtomically } from '../system/files.ts';
import type { Log } from '../system/log.ts';

/** Larger than what 100,000 resources need; more is not read and not written, in bytes. */
const LARGEST = 200_000_000;

export interface Kept {
  /** A named part. `contents` is asked when the file is written and gives plain data of which JSON tells everything. */
  shelf<Contents>(name: string, contents: () => Contents): Shelf<Contents>;
  /** Writes all parts where something new was learned. What cannot be written is told to who debugs. */
  save(): Promise<void>;
}

export interface Shelf<Contents> {
  /** What an earlier process of this very program put here; null where there is nothing to rely on. Not to be held on to. */
  readonly found: Contents | null;
  /** Tells that there is something new. */
  changed(): void;
}

/** Keeps nothing: for whoever reads everything anew. */
export const KEEPS_NOTHING: Kept = {
  shelf: () => ({ found: null, changed: () => {} }),
  save: async () => {},
};

/**
 * Opens what is kept in a file: a line with a digest of everything after it and of the stamp, then JSON. `stamp` names
 * all that the contents depend on besides the repository (the program, the configuration): another stamp, or a file that
 * is damaged, is as good as none.
 */
export async function openKept(path: string, options: { readonly stamp: string; readonly log: Log }): Promise<Kept> {
  const { stamp, log } = options;
  const found = await readKept(path, options);
  const shelves = new Map<string, () => unknown>();
  let dirty = false;
  return {
    shelf<Contents>(name: string, contents: () => Contents): Shelf<Contents> {
      const before = found.get(name);
      found.delete(name);
      shelves.set(name, contents);
      // the digest vouches that a process with this stamp, so with these types, has written it
      const trusted = before === undefined ? null : (before as Contents);
      return {
        found: trusted,
        changed() {
          dirty = true;
        },
      };
    },
    async save() {
      if (!dirty) return;
      dirty = false;
      const parts = [...found, ...[...shelves].map(([name, contents]) => [name, contents()] as const)];
      const text = JSON.stringify(Object.fromEntries(parts));
      if (text.length > LARGEST) return;
      try {
        await writeFileAtomically(path, `${digestOf(stamp, text)}\n${text}`, 0o600);
      } catch (error) {
        log.debug(`${path} cannot be written: ${String(error)}`);
      }
    },
  };
}

async function readKept(
  path: string,
  { stamp, log }: { readonly stamp: string; readonly log: Log },
): Promise<Map<string, unknown>> {
  const nothing = new Map<string, unknown>();
  try {
    const bytes = await readFileIfAny(path, LARGEST);
    if (bytes === null) return nothing;
    const end = bytes.indexOf(0x0a);
    const body = bytes.subarray(end + 1);
    if (Buffer.from(bytes.subarray(0, Math.max(end, 0))).toString('latin1') !== digestOf(stamp, body)) return nothing;
    return new Map(Object.entries(JSON.parse(Buffer.from(body).toString('utf8'))));
  } catch (error) {
    if (error instanceof Failure || (error instanceof Error && 'code' in error)) {
      log.debug(`${path} cannot be read: ${error.message}`);
      return nothing;
    }
    throw error;
  }
}

function digestOf(stamp: string, body: string | Uint8Array): string {
  return createHash('sha256').update(`${stamp}\n`).update(body).digest('hex');
}
