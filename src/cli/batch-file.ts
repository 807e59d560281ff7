// `add-resource --batch FILE`: many resources in one file, a YAML list or one JSON object per line.
import { Failure } from '../core/failure.ts';
import type { Layout } from '../core/resource.ts';
import { problemsFailure } from '../definition/problem.ts';
import { decodeText, parseYaml } from '../definition/yaml-file.ts';

/** One entry: its name, where it says so its layout, and everything else as resource.yaml has it. */
export interface BatchEntry {
  readonly name: string;
  readonly layout: Layout | null;
  readonly written: Readonly<Record<string, unknown>>;
}

/** Entries in the order of the file. Throws a Failure (`definition`) that says which entry is wrong. */
export async function readBatch(file: string, bytes: Uint8Array): Promise<readonly BatchEntry[]> {
  const entries = (await readJsonLines(file, bytes)) ?? (await readYamlList(file, bytes));
  if (entries.length === 0) throw new Failure('definition', 'the batch is empty', { file });
  const read = entries.map((entry, index) => readEntry(entry, index + 1, file));
  const seen = new Set<string>();
  for (const { name } of read) {
    if (seen.has(name)) throw new Failure('definition', 'the batch names a resource twice', { file, name });
    seen.add(name);
  }
  return read;
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
  const { name, layout, ...written } = entry as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '') {
    throw new Failure('definition', 'an entry of the batch has no name', { file, entry: position });
  }
  if (layout !== undefined && layout !== 'branch' && layout !== 'central') {
    throw new Failure('definition', 'layout is branch or central', { file, entry: position, name });
  }
  return { name, layout: layout ?? null, written };
}
