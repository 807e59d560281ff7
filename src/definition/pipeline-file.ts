// A definition that is asked for by its path (`run FILE`): the same file as a `resource.yaml`, but nothing in it has to be
// watched, so that it may do without a message and without anything that gives a value.
import type { Definition } from '../core/resource.ts';
import { type Parsed, problemsFailure } from './problem.ts';
import type { ReadDefinition } from './read-definition.ts';
import { readResourceLayer, trustLayers } from './resource-file.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Reads the file completely; never throws for what is written. `path` is for messages and names the run. The message is
 * empty where there is none. */
export async function readPipelineFile(
  path: string,
  bytes: Uint8Array,
  vocabulary: Vocabulary,
): Promise<ReadDefinition> {
  const parsed = await parsePipelineFile(path, bytes, vocabulary);
  if (parsed.ok) return { ok: true, definition: parsed.value };
  return { ok: false, failure: problemsFailure(parsed.problems), problems: parsed.problems };
}

async function parsePipelineFile(path: string, bytes: Uint8Array, vocabulary: Vocabulary): Promise<Parsed<Definition>> {
  const layer = await readResourceLayer(path, bytes);
  return layer.ok ? trustLayers([layer.value], { vocabulary, name: path, asked: true }) : layer;
}
