// A definition as it was found, with what `spread-cron.yaml` says about its resource, as the program trusts it.
import { branchNameProblem } from '../core/branch-name.ts';
import { Failure } from '../core/failure.ts';
import type { Definition } from '../core/resource.ts';
import { parseClassicFile } from './classic/classic-file.ts';
import type { DefinitionFile } from './find-definition.ts';
import type { Layer } from './layers.ts';
import { echo, type Parsed, type Problem, problemsFailure } from './problem.ts';
import { CONFIG_FILE, type RepositoryConfig, settingsFor, tagsOf } from './repository-config.ts';
import { type ClassicPart, readResourceLayer, trustLayers } from './resource-file.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What is read: a file of a directory, or what a `for_each` made of its list. */
export type WrittenDefinition =
  | {
      readonly kind: 'file';
      readonly file: DefinitionFile;
      /** For messages, such as `branches/core-beta/resource.yaml`. */
      readonly path: string;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'expanded' };

export type ReadDefinition =
  | { readonly ok: true; readonly definition: Definition }
  /** Everything that is wrong, and the same as one Failure. */
  | { readonly ok: false; readonly failure: Failure; readonly problems: readonly Problem[] };

/** Reads a definition completely. Runs nothing and never throws for what is written. */
export async function readDefinition(input: {
  readonly name: string;
  readonly written: WrittenDefinition;
  readonly config: RepositoryConfig;
  readonly vocabulary: Vocabulary;
}): Promise<ReadDefinition> {
  const against = branchNameProblem(input.name);
  if (against !== null) {
    const place = { file: input.written.kind === 'file' ? input.written.path : CONFIG_FILE, line: null, column: null };
    return refuse([{ ...place, path: '', message: against, found: echo(input.name) }]);
  }
  const parsed = await readLayers(input);
  if (!parsed.ok) return refuse(parsed.problems);
  const { own, classic } = parsed.value;
  const settings = settingsFor(input.config, { name: input.name, tags: tagsOf(own.data.tags) });
  const { vocabulary, name } = input;
  const trusted = await trustLayers([...settings.layers, own], { vocabulary, name, classic });
  const problems = [...settings.problems, ...(trusted.ok ? [] : withoutRepeats(trusted.problems, settings.problems))];
  return trusted.ok && problems.length === 0 ? { ok: true, definition: trusted.value } : refuse(problems);
}

async function readLayers(input: {
  readonly name: string;
  readonly written: WrittenDefinition;
  readonly config: RepositoryConfig;
}): Promise<Parsed<{ readonly own: Layer; readonly classic?: ClassicPart }>> {
  const { written } = input;
  if (written.kind === 'expanded') {
    const expanded = input.config.expanded.get(input.name);
    if (expanded === undefined) throw new Failure('internal', 'no for_each makes this resource', { name: input.name });
    if (expanded.problems.length > 0) return { ok: false, problems: expanded.problems };
    return { ok: true, value: { own: expanded.layer } };
  }
  const { path, bytes, file } = written;
  if (file === 'resource.yaml') {
    const layer = await readResourceLayer(path, bytes);
    return layer.ok ? { ok: true, value: { own: layer.value } } : layer;
  }
  const classic = parseClassicFile({ name: file, file: path, bytes });
  return classic.ok ? { ok: true, value: { own: classic.value.layer, classic: classic.value } } : classic;
}

/** What the settings were blamed for already is not told again for the definition that they are part of. */
function withoutRepeats(problems: readonly Problem[], told: readonly Problem[]): readonly Problem[] {
  const key = ({ file, line, column, message }: Problem) => `${file}:${line}:${column}:${message}`;
  const known = new Set(told.map(key));
  return problems.filter((problem) => !known.has(key(problem)));
}

function refuse(problems: readonly Problem[]): ReadDefinition {
  return { ok: false, failure: problemsFailure(problems), problems };
}
