// Written settings laid over each other: later layers win, maps are merged, lists are replaced; and for every path the
// file and line that it came from.
import { formatPath, type Problem } from './problem.ts';
import { type UnplacedProblem, valueAt } from './schema-problems.ts';
import type { Places } from './yaml-file.ts';

/** Data of a YAML map. */
export type WrittenMap = Readonly<Record<string, unknown>>;

/** Part of a file: the data of the map at `base`. */
export interface Layer {
  readonly source: Places;
  readonly base: readonly PropertyKey[];
  readonly data: WrittenMap;
}

/** Keys of which only one counts: the later layer's one drops the earlier layer's other. */
const RIVALS: Readonly<Record<string, string>> = { every: 'schedule', schedule: 'every' };

/** The data of all layers, the last one winning. */
export function mergeLayers(layers: readonly Layer[]): WrittenMap {
  return layers.reduce<WrittenMap>((merged, { data }) => mergeWritten(merged, data), {});
}

/** One definition laid over another. */
export function mergeWritten(below: WrittenMap, above: WrittenMap): WrittenMap {
  const left = { ...below };
  for (const [key, rival] of Object.entries(RIVALS)) if (Object.hasOwn(above, key)) delete left[rival];
  return mergeMaps(left, above);
}

/** A problem with the place of the newest layer that says anything at its path. */
export function placeProblem(problem: UnplacedProblem, layers: readonly Layer[]): Problem {
  const { path } = problem;
  const layer = layers.findLast(({ data }) => valueAt(data, path) !== undefined) ?? layers.at(-1);
  return layer === undefined
    ? { ...untold(problem), file: 'definition', line: null, column: null, path: formatPath(path) }
    : placeIn(layer.source, { ...problem, path: [...layer.base, ...path] });
}

/** A problem with its place in one file. */
export function placeIn(source: Places, problem: UnplacedProblem): Problem {
  const { path, atKey } = problem;
  const position = atKey ? source.keyPositionOf(path) : source.positionOf(path);
  return { ...untold(problem), file: source.file, ...position, path: formatPath(path) };
}

function untold(problem: UnplacedProblem): Pick<Problem, 'message' | 'expected' | 'found' | 'nearest'> {
  const { path: _path, atKey: _atKey, ...told } = problem;
  return told;
}

/** True for data that came from a YAML map. */
export function isMap(data: unknown): data is WrittenMap {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function mergeMaps(below: WrittenMap, above: WrittenMap): Record<string, unknown> {
  const merged: [string, unknown][] = Object.entries(below).filter(([key]) => !Object.hasOwn(above, key));
  for (const [key, value] of Object.entries(above)) {
    const under = Object.hasOwn(below, key) ? below[key] : undefined;
    merged.push([key, isMap(value) && isMap(under) ? mergeMaps(under, value) : value]);
  }
  return Object.fromEntries(merged);
}
