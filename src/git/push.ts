// Many refs in few pushes: splits by what the remote takes at once, halves what was refused as a whole until the refused
// ref stands alone, and finds out what became of a push whose answer was lost.
import { Failure } from '../core/failure.ts';
import { decodeCommit, decodeTree } from './objects.ts';
import { encodePack, type Pack } from './pack.ts';
import type { NewObject, PushResult, RefUpdate } from './repository.ts';
import { printable } from './transport/pkt-line.ts';
import type { PushReport } from './transport/receive-pack.ts';

export interface PushDoors {
  readonly send: (updates: readonly RefUpdate[], pack: Pack, signal: AbortSignal) => Promise<PushReport>;
  /** The present value of refs, by full name. */
  readonly list: (signal: AbortSignal) => Promise<ReadonlyMap<string, string>>;
  readonly maxRefs: number;
  /** All or nothing: one request, neither split nor halved. */
  readonly atomic: boolean;
}

export interface PushOutcome {
  readonly results: ReadonlyMap<string, PushResult>;
  /** The one pack that holds everything accepted; null where nothing was accepted or nothing was new. */
  readonly pack: Pack | null;
}

/** After so many single refusals with nothing accepted the remote is taken to refuse everything for now. */
const REFUSALS = 20;

/** Sends updates; throws only where nothing is known of any ref. */
export async function pushRefs(
  doors: PushDoors,
  updates: readonly RefUpdate[],
  objects: readonly NewObject[],
  signal: AbortSignal,
): Promise<PushOutcome> {
  const closure = createClosure(objects);
  const results = new Map<string, PushResult>();
  const sent: Pack[] = [];
  let singles = 0;
  let someAccepted = false;
  let looked = false;

  const queue = split(updates, doors.atomic ? updates.length : doors.maxRefs);
  for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
    const pack = encodePack(closure(piece));
    sent.push(pack);
    let report: PushReport;
    try {
      report = await doors.send(piece, pack, signal);
    } catch (error) {
      const known = await afterLostAnswer(doors, piece, error, signal);
      if (known === null && results.size === 0) throw error;
      for (const [ref, result] of known ?? []) results.set(ref, result);
      for (const { ref } of [piece, ...queue].flat()) if (!results.has(ref)) results.set(ref, unanswered(error));
      break;
    }
    const refused = piece.filter(({ ref }) => report.refs.get(ref) !== null);
    for (const { ref } of piece) if (report.refs.get(ref) === null) results.set(ref, { kind: 'accepted' });
    for (const update of refused) results.set(update.ref, refusal(update, report));
    if (refused.length < piece.length) someAccepted = true;
    else if (piece.length === 1 || doors.atomic) singles += 1;
    else if (report.unpackError === null) {
      // One bad ref among many is a reason to ask again, what somebody else moved first is none.
      const remaining = looked ? refused : await settleMoved(doors, refused, results, signal);
      looked = true;
      queue.unshift(...split(inNoOrder(remaining), Math.ceil(piece.length / 2)));
    }
    if (!someAccepted && singles >= REFUSALS) break;
  }
  // Pieces that were left unsent belong to a remote that refused all it was asked before.
  for (const { ref } of queue.flat())
    if (!results.has(ref)) results.set(ref, { kind: 'refused', message: 'the remote refuses every ref' });
  const refused = updates.filter(({ ref }) => results.get(ref)?.kind === 'refused');
  await settleMoved(doors, refused, results, signal);
  const accepted = updates.filter(({ ref }) => results.get(ref)?.kind === 'accepted');
  return { results, pack: packOf(sent, accepted, closure) };
}

/** An order that is another one with every attempt, so that the same refs do not always stand in front of the others. */
function inNoOrder(updates: readonly RefUpdate[]): readonly RefUpdate[] {
  return [...updates].sort((left, right) => ((left.next ?? '') < (right.next ?? '') ? -1 : 1));
}

/**
 * Tells refs that somebody else moved from refs that the remote would not move: servers word both as they like. Gives
 * the refs that are as expected still; all of them where the remote cannot be asked any more.
 */
async function settleMoved(
  doors: PushDoors,
  refused: readonly RefUpdate[],
  results: Map<string, PushResult>,
  signal: AbortSignal,
): Promise<readonly RefUpdate[]> {
  const present = refused.length === 0 ? null : await listOrNull(doors, signal);
  if (present === null) return refused;
  for (const update of refused) {
    const found = whatBecameOf(update, present);
    if (found !== null) results.set(update.ref, found);
  }
  return refused.filter((update) => whatBecameOf(update, present) === null);
}

/** What became of a push whose answer did not arrive: the refs of which it can be told, or null where nothing can. */
async function afterLostAnswer(
  doors: PushDoors,
  piece: readonly RefUpdate[],
  error: unknown,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PushResult> | null> {
  if (!(error instanceof Failure) || error.reason !== 'remote-unreachable') return null;
  const present = await listOrNull(doors, signal);
  if (present === null) return null;
  const known = new Map<string, PushResult>();
  for (const update of piece) {
    const found = whatBecameOf(update, present);
    if (found !== null) known.set(update.ref, found);
  }
  return known.size === 0 ? null : known;
}

/** Accepted or stale as the present values show, null for a ref that is as it was expected to be before the push. */
function whatBecameOf({ ref, expected, next }: RefUpdate, present: ReadonlyMap<string, string>): PushResult | null {
  const value = present.get(ref) ?? null;
  if (value === expected) return null;
  return value === next ? { kind: 'accepted' } : { kind: 'stale' };
}

/** The present refs, or null where the remote cannot be asked (any more): the first failure is the one to tell of. */
async function listOrNull(doors: PushDoors, signal: AbortSignal): Promise<ReadonlyMap<string, string> | null> {
  try {
    return await doors.list(signal);
  } catch (error) {
    if (error instanceof Failure && error.reason !== 'cancelled') return null;
    throw error;
  }
}

function unanswered(error: unknown): PushResult {
  return {
    kind: 'refused',
    message: `no answer: ${error instanceof Error ? printable(error.message) : 'unknown error'}`,
  };
}

function refusal(update: RefUpdate, report: PushReport): PushResult {
  const reason = report.unpackError ?? report.refs.get(update.ref) ?? 'the remote did not answer for this ref';
  const said = report.narration === '' ? reason : `${reason}: ${report.narration}`;
  return { kind: 'refused', message: said };
}

function split(updates: readonly RefUpdate[], size: number): RefUpdate[][] {
  const pieces: RefUpdate[][] = [];
  for (let from = 0; from < updates.length; from += size) pieces.push(updates.slice(from, from + size));
  return pieces;
}

/** Which of the new objects a set of updates needs. */
function createClosure(objects: readonly NewObject[]): (updates: readonly RefUpdate[]) => readonly NewObject[] {
  const byOid = new Map(objects.map((object) => [object.oid, object]));
  return (updates) => {
    const needed = new Map<string, NewObject>();
    const pending = updates.map(({ next }) => next ?? '');
    for (let oid = pending.pop(); oid !== undefined; oid = pending.pop()) {
      const object = byOid.get(oid);
      if (object === undefined || needed.has(oid)) continue;
      needed.set(oid, object);
      pending.push(...references(object));
    }
    return [...needed.values()];
  };
}

function references(object: NewObject): readonly string[] {
  switch (object.type) {
    case 'blob':
      return [];
    case 'tree':
      return decodeTree(object.oid, object.body).map(({ oid }) => oid);
    case 'commit': {
      const { tree, parents } = decodeCommit(object.oid, object.body);
      return [tree, ...parents];
    }
  }
}

/** What was sent, where that was one pack; after several, one pack of what they brought. */
function packOf(
  sent: readonly Pack[],
  accepted: readonly RefUpdate[],
  closure: (updates: readonly RefUpdate[]) => readonly NewObject[],
): Pack | null {
  if (accepted.length === 0) return null;
  const pack = sent.length === 1 && sent[0] !== undefined ? sent[0] : encodePack(closure(accepted));
  return pack.entries.length === 0 ? null : pack;
}
