// `spread-cron.yaml` on the default branch: settings for many resources at once, definitions expanded over lists, and
// what holds for the whole repository.
//
// A mistake in it is never passed over, and takes down no more than it must: one inside `match[i].set` is a failure of
// the resources that the entry matches, one inside the definition of a `for_each` of its resources, everything else of
// all resources, because nobody can tell what would have held for them.

import * as z from 'zod';
import { branchNameProblem } from '../core/branch-name.ts';
import { globMatcher } from '../core/glob.ts';
import { isMap, type Layer, placeIn } from './layers.ts';
import { fillTemplate, meaningOfItem } from './placeholders.ts';
import { echo, type Problem } from './problem.ts';
import { type NotBuilt, schemaProblems, type UnplacedProblem } from './schema-problems.ts';
import { type Trigger, triggerOf, writtenDispatch, writtenTrigger } from './trigger.ts';
import { NOT_BUILT, writtenSettings } from './written-resource.ts';
import { oneOrMany, word } from './written-values.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

/** Its path on the default branch. */
export const CONFIG_FILE = 'spread-cron.yaml';

/** Most resources that one repository may define by lists. */
const MOST_EXPANDED = 20_000;

const CONFIG_NOT_BUILT: NotBuilt = new Set([...NOT_BUILT, 'groups']);

const writtenConfig = z
  .strictObject({
    branch_prefix: z.string().optional(),
    agents: z.enum(['one', 'many']).optional(),
    trigger: writtenTrigger.optional(),
    dispatch: writtenDispatch.optional(),
    defaults: z.record(z.string(), z.unknown()).optional(),
    match: z.array(z.unknown()).optional(),
    for_each: z.array(z.unknown()).optional(),
  })
  .refine(({ trigger, dispatch }) => dispatch === undefined || trigger === 'dispatch', {
    path: ['dispatch'],
    message: 'only with trigger: dispatch',
  });

const writtenMatch = z
  .strictObject({
    name: oneOrMany('Globs over names of resources.').optional(),
    tag: oneOrMany('Tags, of which one must be there.', word).optional(),
    set: z.record(z.string(), z.unknown()),
  })
  .refine(({ name, tag }) => name !== undefined || tag !== undefined, 'matches nothing: say name, tag or both');

const writtenForEach = z.strictObject({
  list: z.array(z.union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())])),
  name: z.string(),
  definition: z.record(z.string(), z.unknown()),
});

interface Match {
  matches(resource: { readonly name: string; readonly tags: readonly string[] }): boolean;
  readonly layer: Layer;
  readonly problems: readonly Problem[];
}

/** A definition that a `for_each` makes. */
interface ExpandedDefinition {
  readonly layer: Layer;
  readonly problems: readonly Problem[];
}

export interface RepositoryConfig {
  /** The branch of a resource is this and its name; empty where every branch may be one. */
  readonly branchPrefix: string;
  readonly trigger: Trigger;
  /** `many`: a run is claimed on the remote before it starts, so that no two agents carry it out. */
  readonly agents: 'one' | 'many';
  /** By the name of the resource. */
  readonly expanded: ReadonlyMap<string, ExpandedDefinition>;
  /** Everything that is wrong with the file, for `validate`. */
  readonly problems: readonly Problem[];
  /** What is wrong for every resource. */
  readonly fatal: readonly Problem[];
  readonly defaults: Layer | null;
  readonly matches: readonly Match[];
}

/** What holds where there is no such file. */
export const NO_CONFIG: RepositoryConfig = {
  branchPrefix: '',
  trigger: { kind: 'push' },
  agents: 'one',
  expanded: new Map(),
  problems: [],
  fatal: [],
  defaults: null,
  matches: [],
};

/** Reads the file; never throws for what is written in it. One of nothing but comments says nothing. */
export async function parseRepositoryConfig(bytes: Uint8Array): Promise<RepositoryConfig> {
  if (saysNothing(bytes)) return NO_CONFIG;
  const parsed = await parseYaml(CONFIG_FILE, bytes);
  if (!parsed.ok) return { ...NO_CONFIG, fatal: parsed.problems, problems: parsed.problems };
  const source = parsed.value;
  const place = (problems: readonly UnplacedProblem[]) => problems.map((problem) => placeIn(source, problem));
  const read = writtenConfig.safeParse(source.data);
  const fatal: Problem[] = [];
  if (!read.success)
    fatal.push(
      ...place(
        schemaProblems({ schema: writtenConfig, data: source.data, error: read.error, notBuilt: CONFIG_NOT_BUILT }),
      ),
    );
  const data = isMap(source.data) ? source.data : {};
  const prefix = typeof data.branch_prefix === 'string' ? data.branch_prefix : '';
  const against = prefix === '' ? null : branchNameProblem(`${prefix}x`);
  if (against !== null)
    fatal.push(...place([{ path: ['branch_prefix'], atKey: false, message: against, found: prefix }]));

  const defaults = readSettings(source, ['defaults'], data.defaults);
  fatal.push(...defaults.problems);
  const matches = listOf(data.match).map((entry, index) => readMatch(source, ['match', index], entry));
  fatal.push(...matches.flatMap((match) => match.fatal));
  const forEach = readForEach(source, listOf(data.for_each));
  fatal.push(...forEach.fatal);
  return {
    branchPrefix: prefix,
    trigger: read.success ? triggerOf(read.data) : NO_CONFIG.trigger,
    agents: data.agents === 'many' ? 'many' : 'one',
    expanded: forEach.expanded,
    problems: [
      ...fatal,
      ...matches.flatMap(({ match }) => match?.problems ?? []),
      ...[...forEach.expanded.values()].flatMap(({ problems }) => problems),
    ],
    fatal,
    defaults: defaults.layer,
    matches: matches.flatMap(({ match }) => (match === null ? [] : [match])),
  };
}

/** True for blank lines and comments: what `init` writes is waiting to be filled in. */
function saysNothing(bytes: Uint8Array): boolean {
  return bytes.length <= 65_536 && /^(?:[ \t]*(?:#[^\n]*)?\r?(?:\n|$))*$/.test(Buffer.from(bytes).toString('utf8'));
}

/** The layers below a resource's own definition, lowest first, and what of the file is wrong for this resource. */
export function settingsFor(
  config: RepositoryConfig,
  resource: { readonly name: string; readonly tags: readonly string[] | null },
): { readonly layers: readonly Layer[]; readonly problems: readonly Problem[] } {
  const layers: Layer[] = config.defaults === null ? [] : [config.defaults];
  const problems: Problem[] = [...config.fatal];
  for (const match of config.matches) {
    // the definition's own tags win as everything of it does; else those that the layers so far gave it
    const tags = resource.tags ?? tagsOf(layers.findLast(({ data }) => data.tags !== undefined)?.data.tags) ?? [];
    if (!match.matches({ name: resource.name, tags })) continue;
    layers.push(match.layer);
    problems.push(...match.problems);
  }
  return { layers, problems };
}

/** Tags as written, one or many; null where none are. */
export function tagsOf(written: unknown): readonly string[] | null {
  if (typeof written === 'string') return [written];
  return Array.isArray(written) ? written.filter((tag) => typeof tag === 'string') : null;
}

function listOf(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? data : [];
}

function readSettings(
  source: YamlFile,
  base: readonly PropertyKey[],
  data: unknown,
): { readonly layer: Layer | null; readonly problems: readonly Problem[] } {
  if (!isMap(data)) return { layer: null, problems: [] };
  const read = writtenSettings.safeParse(data);
  const found = read.success
    ? []
    : schemaProblems({ schema: writtenSettings, data, error: read.error, notBuilt: NOT_BUILT });
  const problems = found.map((problem) => placeIn(source, { ...problem, path: [...base, ...problem.path] }));
  return { layer: { source, base, data }, problems };
}

function readMatch(
  source: YamlFile,
  base: readonly PropertyKey[],
  entry: unknown,
): { readonly match: Match | null; readonly fatal: readonly Problem[] } {
  const read = writtenMatch.safeParse(entry);
  if (!read.success) {
    const problems = schemaProblems({ schema: writtenMatch, data: entry, error: read.error });
    const placed = problems.map((problem) => placeIn(source, { ...problem, path: [...base, ...problem.path] }));
    return { match: null, fatal: placed };
  }
  const names = read.data.name?.map(globMatcher);
  const wanted = read.data.tag;
  const { layer, problems } = readSettings(source, [...base, 'set'], read.data.set);
  if (layer === null) return { match: null, fatal: problems };
  const matches: Match['matches'] = ({ name, tags }) =>
    (names === undefined || names.some((matcher) => matcher(name))) &&
    (wanted === undefined || wanted.some((tag) => tags.includes(tag)));
  return { match: { matches, layer, problems }, fatal: [] };
}

function readForEach(
  source: YamlFile,
  entries: readonly unknown[],
): { readonly expanded: ReadonlyMap<string, ExpandedDefinition>; readonly fatal: readonly Problem[] } {
  const expanded = new Map<string, ExpandedDefinition>();
  const fatal: Problem[] = [];
  for (const [index, entry] of entries.entries()) {
    const base = ['for_each', index];
    const say = (path: readonly PropertyKey[], problem: Omit<UnplacedProblem, 'path' | 'atKey'>) =>
      fatal.push(placeIn(source, { ...problem, path: [...base, ...path], atKey: false }));
    const read = writtenForEach.safeParse(entry);
    if (!read.success) {
      const problems = schemaProblems({ schema: writtenForEach, data: entry, error: read.error });
      fatal.push(...problems.map((problem) => placeIn(source, { ...problem, path: [...base, ...problem.path] })));
      continue;
    }
    const { list, name: template, definition } = read.data;
    if (expanded.size + list.length > MOST_EXPANDED) {
      say(['list'], { message: 'too many resources from lists', expected: `at most ${MOST_EXPANDED}` });
      continue;
    }
    for (const item of list) {
      const named = fillTemplate(template, meaningOfItem(item));
      const name = typeof named.filled === 'string' ? named.filled : String(named.filled);
      for (const problem of named.problems) say(['name'], problem);
      if (named.problems.length > 0) continue;
      const against = expanded.has(name) ? 'two resources of one name' : branchNameProblem(name);
      if (against !== null) {
        say(['name'], { message: against, found: echo(name) });
        continue;
      }
      expanded.set(name, expandDefinition({ source, base: [...base, 'definition'], definition, item }));
    }
  }
  return { expanded, fatal };
}

function expandDefinition(input: {
  readonly source: YamlFile;
  readonly base: readonly PropertyKey[];
  readonly definition: Readonly<Record<string, unknown>>;
  readonly item: unknown;
}): ExpandedDefinition {
  const { source, base } = input;
  const { filled, problems } = fillTemplate(input.definition, meaningOfItem(input.item));
  return {
    layer: { source, base, data: isMap(filled) ? filled : {} },
    problems: problems.map((problem) => placeIn(source, { ...problem, path: [...base, ...problem.path] })),
  };
}
