// The catalogue that comes with the program: a folder with an `entry.yaml` for each entry, in `resources/` beside it.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../core/failure.ts';
import { nearestWord } from '../core/nearest.ts';
import { problemsFailure } from '../definition/problem.ts';
import { systemDisk } from '../system/disk.ts';
import { isMissing, isRegularFile, readFileIfAny } from '../system/files.ts';
import type { Entry } from './entry.ts';

export interface Catalogue {
  /** Names of the entries, in order. */
  names(): Promise<readonly string[]>;
  /** Throws a Failure: `not-found` with the nearest name, `definition` where its file is wrong. */
  entry(name: string): Promise<Entry>;
}

const ENTRY_FILE = 'entry.yaml';

/** The catalogue in a directory; what was read once is not read again. */
export function openCatalogue(directory: string): Catalogue {
  let listed: Promise<readonly string[]> | undefined;
  const entries = new Map<string, Promise<Entry>>();
  const names = () => {
    listed ??= entryNames(directory);
    return listed;
  };

  async function read(name: string): Promise<Entry> {
    const known = await names();
    const bytes = known.includes(name) ? await readFileIfAny(join(directory, name, ENTRY_FILE)) : null;
    if (bytes === null)
      throw new Failure('not-found', 'the catalogue has no such entry: spread-cron catalogue lists them', {
        name,
        nearest: nearestWord(name, known),
      });
    // names alone, as completion asks for them, need no parser
    const { parseEntry } = await import('./parse-entry.ts');
    const parsed = await parseEntry(name, `resources/${name}/${ENTRY_FILE}`, bytes);
    if (!parsed.ok) throw problemsFailure(parsed.problems);
    return parsed.value;
  }

  return {
    names,
    entry(name) {
      const entry = entries.get(name) ?? read(name);
      entries.set(name, entry);
      return entry;
    },
  };
}

/** The one that is shipped. */
export function shippedCatalogue(): Catalogue {
  return openCatalogue(fileURLToPath(shippedDirectory(import.meta.url)));
}

/** Where `resources/` is, seen from a source file, from the main bundle or from one of its chunks. */
export function shippedDirectory(from: string): URL {
  const { pathname } = new URL('.', from);
  return new URL(from.endsWith('.ts') || pathname.endsWith('/chunks/') ? '../../resources/' : '../resources/', from);
}

/** Folders that hold an entry. */
async function entryNames(directory: string): Promise<readonly string[]> {
  try {
    const found = await systemDisk.readdir(directory, { withFileTypes: true });
    const names = found.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const held = await Promise.all(names.map((name) => isRegularFile(join(directory, name, ENTRY_FILE))));
    return names.filter((_, index) => held[index]).sort();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Failure('configuration', 'the catalogue is not beside the program: install it again', { directory });
  }
}
