// `add-resource --batch FILE`: many resources in one file, a YAML list or one JSON object per line.
import { type Given, givenOf } from '../../catalogue/parameter.ts';
import { Failure } from '../../core/failure.ts';
import type { Layout } from '../../core/resource.ts';
import { isMap } from '../../definition/layers.ts';
import { problemsFailure } from '../../definition/problem.ts';
import { decodeText, parseYaml } from '../../definition/yaml-file.ts';

/** One entry: its name and layout where it says so, where it begins in the catalogue, and everything else as
 * resource.yaml has it. */
export interface BatchEntry {
  /** Null only where the catalogue has a name for it. */
  readonly name: string | null;
  readonly layout: Layout | null;
  readonly from: { readonly entry: string; readonly given: ReadonlyMap<string, Given> } | null;
  readonly written: Readonly<Record<string, unknown>>;
}

/** Entries in the order of the file. Throws a Failure (`definition`) that says which entry is wrong. */
export async function readBatch(file: string, bytes: Uint8Array): Promise<readonly BatchEntry[]> {
  const entries = (await readJsonLines(file, bytes)) ?? (await readYamlList(file, bytes));
  if (entries.length === 0) throw new Failure('definition', 'the batch is empty', { file });
  return entries.map((entry, index) => readEntry(entry, index + 1, file));
}

/** Null where the file is not made of JSON objects, one per line. */
async function readJsonLines(file: string, bytes: Uint8Array): Promise<readonly unknown[] | null> {
  const text = decodeText(file, bytes);
  if (!text.ok) throw problemsFailure(text.problems);
  const lines = text.value.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0 || !lines.every((line) => line.trimStart().startsWith('{'))) return null;
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      throw new Failure(
        'definition',
        'a line of the batch is no JSON object',
        { file, line: index + 1 },
        { cause: error },
      );
    }
  });
}

async function readYamlList(file: string, bytes: Uint8Array): Promise<readonly unknown[]> {
  const parsed = await parseYaml(file, bytes);
  if (!parsed.ok) throw problemsFailure(parsed.problems);
  const { data } = parsed.value;
  if (!Array.isArray(data)) {
    throw new Failure('definition', 'a batch is a list of resources, or one JSON object per line', { file });
  }
  return data;
}

function readEntry(entry: unknown, position: number, file: string): BatchEntry {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new Failure('definition', 'an entry of the batch is no map', { file, entry: position });
  }
  const { name, layout, from, set, ...written } = entry as Readonly<Record<string, unknown>>;
  const refuse = (message: string): never => {
    throw new Failure('definition', message, {
      file,
      entry: position,
      name: typeof name === 'string' ? name : undefined,
    });
  };
  if (from !== undefined && typeof from !== 'string') return refuse('from is the name of an entry of the catalogue');
  if (set !== undefined && from === undefined) return refuse('set without from: say which entry of the catalogue');
  if (set !== undefined && !isMap(set)) return refuse('set is a map of parameters and values');
  if ((name !== undefined || from === undefined) && (typeof name !== 'string' || name === ''))
    return refuse('an entry of the batch has no name');
  if (layout !== undefined && layout !== 'branch' && layout !== 'central') return refuse('layout is branch or central');
  const given = new Map(Object.entries(set ?? {}).map(([key, value]) => [key, givenOf(value)]));
  return {
    name: name ?? null,
    layout: layout ?? null,
    from: from === undefined ? null : { entry: from, given },
    written,
  };
}
