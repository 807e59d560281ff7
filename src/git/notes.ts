// Git notes by our own codec: a notes tree keeps one blob per annotated object, under its id, which may be spread over
// directories of two digits each ("fan-out", git-notes(1)). Reads any fan-out; writing never makes a second entry.
import { Failure } from '../core/failure.ts';
import { editTree } from './edit-tree.ts';
import { EMPTY_TREE, encodeBlob, encodeCommit } from './objects.ts';
import type { Identity, NewObject, Repository, TreeEntry } from './repository.ts';

/** What reading notes needs of a Repository. */
export type NotesReader = Pick<Repository, 'listFiles' | 'listTree' | 'listTrees' | 'readBlobs'>;

/** A new state of the notes: everything that a push to the notes ref must bring. */
export interface EditedNotes {
  /** The new tip of the notes ref; null where nothing changed. */
  readonly commit: string | null;
  readonly objects: readonly NewObject[];
}

/** The new text of a note, given what it says now (null where there is none); null removes it. */
export type NoteEdit = (present: string | null) => string | null;

export interface NotesCommit {
  readonly identity: Identity;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: string;
}

/** Notes in one directory above which the directory is divided by the next two digits, as git does. */
const CROWDED = 256;
/** Largest note in bytes; a larger one is not of our making. */
const MAX_NOTE = 1_000_000;

/** Notes by annotated object: all, or those of the given objects. `tip` is the notes ref's commit, null for none. */
export async function readNotes(
  reader: NotesReader,
  tip: string | null,
  objects?: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (tip === null) return new Map();
  const entries = objects === undefined ? await allEntries(reader, tip) : await entriesOf(reader, tip, objects);
  return readTexts(reader, entries);
}

/** Changes notes, each by a function of its present text. Nothing is written: the objects are for a push. */
export async function editNotes(
  reader: NotesReader,
  tip: string | null,
  wishes: ReadonlyMap<string, NoteEdit>,
  commit: NotesCommit,
): Promise<EditedNotes> {
  const present = await readNotes(reader, tip, [...wishes.keys()]);
  const changes: Change[] = [];
  const blobs: NewObject[] = [];
  for (const [object, edit] of wishes) {
    const before = present.get(object) ?? null;
    const text = edit(before);
    if (text === before) continue;
    const blob = text === null ? null : encodeBlob(text);
    if (blob !== null) blobs.push(blob);
    changes.push({ name: object, oid: blob?.oid ?? null });
  }
  if (changes.length === 0) return { commit: null, objects: [] };
  const edits = new Map<string, string | null>();
  await planEdits(reader, { tree: tip, prefix: '' }, changes, edits);
  const edited = await editTree(reader, tip ?? EMPTY_TREE, edits);
  const made = encodeCommit({
    tree: edited.tree,
    parents: tip === null ? [] : [tip],
    identity: commit.identity,
    authoredAt: commit.at,
    message: `${commit.message}\n`,
  });
  return { commit: made.oid, objects: [...blobs, ...edited.objects, made] };
}

/**
 * Our notes laid over another writer's, whose commit becomes the parent: where both have a note for an object, `merge`
 * says what stays. Notes that only the other has stay.
 */
export async function mergeNotes(
  reader: NotesReader,
  ours: ReadonlyMap<string, string>,
  theirs: string | null,
  merge: (ours: string, theirs: string) => string,
  commit: NotesCommit,
): Promise<EditedNotes> {
  const edits = [...ours].map(([object, text]): [string, NoteEdit] => [
    object,
    (present) => (present === null || present === text ? text : merge(text, present)),
  ]);
  return editNotes(reader, theirs, new Map(edits), commit);
}

interface Change {
  /** What of the annotated object's id is not yet in the path. */
  readonly name: string;
  /** The blob; null removes. */
  readonly oid: string | null;
}

/** Which blobs a note consists of: more than one only where another program made second entries. */
type Entries = ReadonlyMap<string, readonly string[]>;

async function allEntries(reader: NotesReader, tip: string): Promise<Entries> {
  const found = new Map<string, string[]>();
  for (const { path, oid } of await reader.listFiles(tip)) {
    const object = path.replaceAll('/', '');
    // Other files in a notes tree are no notes; they are kept as they are.
    if (isNotePath(path)) found.set(object, [...(found.get(object) ?? []), oid]);
  }
  return found;
}

/** Goes down the tree only where the objects lead, one batch of trees per level. */
async function entriesOf(reader: NotesReader, tip: string, objects: readonly string[]): Promise<Entries> {
  const found = new Map<string, string[]>();
  let level = [{ tree: tip, used: 0, objects }];
  while (level.length > 0) {
    const trees = await reader.listTrees(level.map(({ tree }) => tree));
    const below: typeof level = [];
    for (const { tree, used, objects: sought } of level) {
      const byName = new Map((trees.get(tree) ?? []).map((entry) => [`${isDirectory(entry)}${entry.path}`, entry.oid]));
      for (const object of sought) {
        const blob = byName.get(`false${object.slice(used)}`);
        if (blob !== undefined) found.set(object, [...(found.get(object) ?? []), blob]);
      }
      for (const [digits, group] of groupBy(sought, (object) => object.slice(used, used + 2))) {
        const directory = byName.get(`true${digits}`);
        if (directory !== undefined) below.push({ tree: directory, used: used + 2, objects: group });
      }
    }
    level = below;
  }
  return found;
}

async function readTexts(reader: NotesReader, entries: Entries): Promise<ReadonlyMap<string, string>> {
  const blobs = await reader.readBlobs([...new Set([...entries.values()].flat())], MAX_NOTE);
  const texts = new Map<string, string>();
  for (const [object, oids] of entries) {
    const parts = oids.map((oid) => {
      const body = blobs.get(oid);
      if (body === undefined) throw new Failure('too-large', 'a note is too large', { object, limit: MAX_NOTE });
      return Buffer.from(body).toString('utf8');
    });
    texts.set(object, parts.map((part) => part.replace(/\n*$/, '\n')).join(''));
    if (parts.length === 1) texts.set(object, parts[0] ?? '');
  }
  return texts;
}

/**
 * Says as edits of paths where each change goes: down the tree's own fan-out, or a new one where a level is crowded. All
 * notes of a level that is divided move down together, so that no object has entries in two places.
 */
async function planEdits(
  reader: NotesReader,
  level: { readonly tree: string | null; readonly prefix: string },
  changes: readonly Change[],
  edits: Map<string, string | null>,
): Promise<void> {
  const { tree, prefix } = level;
  const entries = tree === null ? [] : ((await reader.listTrees([tree])).get(tree) ?? []);
  const left = 40 - prefix.replaceAll('/', '').length;
  const notes = entries.filter((entry) => !isDirectory(entry) && isHex(entry.path, left));
  const directories = new Map(entries.filter(isFanOut).map(({ path, oid }) => [path, oid]));
  const changed = new Set(changes.map(({ name }) => name));
  const staying = notes.filter(({ path }) => !changed.has(path));
  const added = changes.filter(({ oid }) => oid !== null).length;
  if (left === 2 || (directories.size === 0 && staying.length + added <= CROWDED)) {
    for (const { name, oid } of changes) edits.set(prefix + name, oid);
    return;
  }
  for (const { path } of notes) edits.set(prefix + path, null);
  const moved = [...changes, ...staying.map(({ path, oid }) => ({ name: path, oid }))];
  for (const [digits, group] of groupBy(moved, ({ name }) => name.slice(0, 2))) {
    const below = { tree: directories.get(digits) ?? null, prefix: `${prefix}${digits}/` };
    const shorter = group.map(({ name, oid }) => ({ name: name.slice(2), oid }));
    await planEdits(reader, below, shorter, edits);
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function isDirectory(entry: TreeEntry): boolean {
  return entry.mode === '040000';
}

function isFanOut(entry: TreeEntry): boolean {
  return isDirectory(entry) && isHex(entry.path, 2);
}

function isHex(text: string, length: number): boolean {
  return text.length === length && /^[0-9a-f]+$/.test(text);
}

function isNotePath(path: string): boolean {
  const segments = path.split('/');
  return isHex(path.replaceAll('/', ''), 40) && segments.slice(0, -1).every((segment) => segment.length === 2);
}
