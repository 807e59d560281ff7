// A definition as it was found, with what `spread-cron.yaml` says about its resource, as the program trusts it.
import type { Failure } from '../core/failure.ts';
import type { Definition } from '../core/resource.ts';
import { parseClassicFile } from './classic-file.ts';
import type { Layer } from './layers.ts';
import { echo, type Parsed, type Problem, problemsFailure } from './problem.ts';
import { parseRepositoryConfig, type RepositoryConfig, settingsFor, tagsOf } from './repository-config.ts';
import { type ClassicPart, readResourceLayer, trustLayers } from './resource-file.ts';
import { checkResourceName } from './resource-name.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A definition as it was found. */
export interface WrittenDefinition {
  readonly name: string;
  /** Path of the file, such as `resource.yaml` or `branches/core-beta/options`; its last part tells what kind it is. */
  readonly path: string;
  /** Null for a definition that a `for_each` makes. */
  readonly content: Uint8Array | null;
  readonly configuration: RepositoryConfig;
}

/** What the state asks for to make resources of files. */
export interface DefinitionReader {
  configure(file: Uint8Array | null): Promise<RepositoryConfig>;
  read(written: WrittenDefinition): Promise<Definition | Failure>;
}

/** The reader with everything that a definition may say. */
export function createDefinitionReader(vocabulary: Vocabulary): DefinitionReader {
  return {
    configure: parseRepositoryConfig,
    async read(written) {
      const read = await readDefinition(written, vocabulary);
      return read.ok ? read.value : problemsFailure(read.problems);
    },
  };
}

/** Reads a definition completely, with everything that is wrong. Runs nothing and never throws for what is written. */
export async function readDefinition(written: WrittenDefinition, vocabulary: Vocabulary): Promise<Parsed<Definition>> {
  const { name, configuration } = written;
  const against = checkResourceName(name);
  if (against !== null) return refuse(written.path, against, name);
  const layers = await readLayers(written);
  if (!layers.ok) return layers;
  const { own, classic } = layers.value;
  const settings = settingsFor(configuration, { name, tags: tagsOf(own.data.tags) });
  const trusted = await trustLayers([...settings.layers, own], { vocabulary, name, classic });
  const problems = [...settings.problems, ...(trusted.ok ? [] : withoutRepeats(trusted.problems, settings.problems))];
  return problems.length === 0 ? trusted : { ok: false, problems };
}

async function readLayers(
  written: WrittenDefinition,
): Promise<Parsed<{ readonly own: Layer; readonly classic?: ClassicPart }>> {
  const { path, content } = written;
  if (content === null) {
    const expanded = written.configuration.expanded.get(written.name);
    if (expanded === undefined) return refuse(path, 'no for_each makes this resource', written.name);
    return expanded.problems.length > 0
      ? { ok: false, problems: expanded.problems }
      : { ok: true, value: { own: expanded.layer } };
  }
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (file === 'options' || file === 'trigger') {
    const classic = parseClassicFile({ name: file, file: path, bytes: content });
    return classic.ok ? { ok: true, value: { own: classic.value.layer, classic: classic.value } } : classic;
  }
  const layer = await readResourceLayer(path, content);
  return layer.ok ? { ok: true, value: { own: layer.value } } : layer;
}

/** What the settings were blamed for already is not told again for the definition that they are part of. */
function withoutRepeats(problems: readonly Problem[], told: readonly Problem[]): readonly Problem[] {
  const key = ({ file, line, column, message }: Problem) => `${file}:${line}:${column}:${message}`;
  const known = new Set(told.map(key));
  return problems.filter((problem) => !known.has(key(problem)));
}

function refuse(file: string, message: string, found: string): Parsed<never> {
  return { ok: false, problems: [{ file, line: null, column: null, path: '', message, found: echo(found) }] };
}
