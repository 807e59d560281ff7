// Written settings laid over each other: later layers win, maps are merged, lists are replaced; and for every path the
// file and line that it came from.
import { formatPath, type Problem } from './problem.ts';
import { type UnplacedProblem, valueAt } from './schema-problems.ts';
import type { YamlFile } from './yaml-file.ts';

type WrittenMap = Readonly<Record<string, unknown>>;

/** Part of a file: the data of the map at `base`. */
export interface Layer {
  readonly source: YamlFile;
  readonly base: readonly PropertyKey[];
  readonly data: WrittenMap;
}

/** Keys of which only one counts: the later layer's one drops the earlier layer's other. */
const RIVALS: Readonly<Record<string, string>> = { every: 'schedule', schedule: 'every' };

/** The data of all layers, the last one winning. */
export function mergeLayers(layers: readonly Layer[]): WrittenMap {
  let merged: Record<string, unknown> = {};
  for (const { data } of layers) {
    for (const [key, rival] of Object.entries(RIVALS)) if (Object.hasOwn(data, key)) delete merged[rival];
    merged = mergeMaps(merged, data);
  }
  return merged;
}

/** A problem with the place of the newest layer that says anything at its path. */
export function placeProblem(problem: UnplacedProblem, layers: readonly Layer[]): Problem {
  const { path, atKey, ...told } = problem;
  const layer = layers.findLast(({ data }) => valueAt(data, path) !== undefined) ?? layers.at(-1);
  const place = { file: '', line: null, column: null };
  if (layer === undefined) return { ...place, path: formatPath(path), ...told };
  const full = [...layer.base, ...path];
  const position = atKey ? layer.source.keyPositionOf(full) : layer.source.positionOf(full);
  return { file: layer.source.file, ...position, path: formatPath(full), ...told };
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
