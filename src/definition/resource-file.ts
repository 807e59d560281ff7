// From a written definition (`resource.yaml`, with the layers of `spread-cron.yaml` below it) to the trusted one.
import { describeFailure, Failure } from '../core/failure.ts';
import type { Definition, Extraction, Timing } from '../core/resource.ts';
import { assertMessage, VALUE_LIMIT } from '../core/subject.ts';
import { decideRun } from './decide-run.ts';
import { stepsFingerprint, textFingerprint } from './fingerprint.ts';
import { isMap, type Layer, mergeLayers, placeIn, placeProblem } from './layers.ts';
import { echo, type Parsed, type Problem } from './problem.ts';
import { schemaProblems, type UnplacedProblem } from './schema-problems.ts';
import { readSteps } from './steps.ts';
import type { Vocabulary } from './vocabulary.ts';
import { NOT_BUILT, type WrittenResource, writtenResource } from './written-resource.ts';
import { parseYaml } from './yaml-file.ts';

/** Default wait before a confirming extraction of the same round, in milliseconds. */
const CONFIRM_AFTER = 30_000;

/** What a classic shell file brings instead of `message` and `extract`. */
export interface ClassicPart {
  /** The message, and where it stands. */
  readonly layer: Layer;
  readonly manual: boolean;
  readonly extraction: Extraction;
  readonly fingerprint: string;
}

const WRONG_TYPE = { message: 'the wrong type', expected: 'a map' };

export interface TrustContext {
  readonly vocabulary: Vocabulary;
  /** Name of the resource; `H` in its schedule hashes it. */
  readonly name: string;
  readonly classic?: ClassicPart | undefined;
  /** True for a file that somebody asks to run: it may do without message and value. */
  readonly asked?: boolean | undefined;
}

/** The bytes of a `resource.yaml` as the layer that counts most; what it means is not looked at yet. */
export async function readResourceLayer(file: string, bytes: Uint8Array): Promise<Parsed<Layer>> {
  const parsed = await parseYaml(file, bytes);
  if (!parsed.ok) return parsed;
  const source = parsed.value;
  if (isMap(source.data)) return { ok: true, value: { source, base: [], data: source.data } };
  const found = echo(source.data);
  return { ok: false, problems: [placeIn(source, { path: [], atKey: false, ...WRONG_TYPE, found })] };
}

/** Reads a `resource.yaml` that stands alone, without the settings of a repository. */
export async function parseResourceFile(
  input: TrustContext & { readonly file: string; readonly bytes: Uint8Array },
): Promise<Parsed<Definition>> {
  const layer = await readResourceLayer(input.file, input.bytes);
  return layer.ok ? trustLayers([layer.value], input) : layer;
}

/** The definition that layers add up to, or everything wrong with them. */
export async function trustLayers(layers: readonly Layer[], context: TrustContext): Promise<Parsed<Definition>> {
  const { classic } = context;
  const merged = mergeLayers(layers);
  const data = context.asked === true ? { message: '', ...merged } : merged;
  const problems: UnplacedProblem[] = [];
  const read = writtenResource.safeParse(data);
  if (!read.success)
    problems.push(...schemaProblems({ schema: writtenResource, data, error: read.error, notBuilt: NOT_BUILT }));
  const { extract } = data;
  const steps = await readSteps(Array.isArray(extract) && extract.every(isMap) ? extract : [], context.vocabulary);
  problems.push(...steps.problems.map((problem) => ({ ...problem, path: ['extract', ...problem.path] })));
  if (read.success) problems.push(...(await meaningProblems(read.data, context)));
  if (!read.success || problems.length > 0)
    return { ok: false, problems: inOrder(problems.map((problem) => placeProblem(problem, layers))) };

  const written = read.data;
  const extraction: Extraction =
    classic?.extraction ??
    (written.extract === undefined ? { kind: 'instant' } : { kind: 'steps', steps: steps.steps });
  const fingerprint =
    classic?.fingerprint ??
    (written.extract === undefined ? textFingerprint('instant') : stepsFingerprint(written.extract));
  return {
    ok: true,
    value: {
      message: written.message,
      aliases: written.aliases ?? [],
      tags: written.tags ?? [],
      manual: classic?.manual === true || written.manual === true,
      timing: timingOf(written),
      timezone: written.timezone ?? null,
      extraction,
      accept: written.accept ?? null,
      confirm: written.confirm ?? 1,
      confirmAfter: written.confirm_after ?? context.vocabulary.defaults?.confirmAfter ?? CONFIRM_AFTER,
      valueLimit: written.value_limit ?? context.vocabulary.defaults?.valueLimit ?? VALUE_LIMIT,
      digest: written.digest ?? false,
      fingerprint,
      run: written.run === undefined ? null : decideRun(written.run),
    },
  };
}

/** As somebody reads the file, from its top. */
function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function timingOf(written: WrittenResource): Timing {
  if (written.every !== undefined) return { kind: 'every', milliseconds: written.every };
  if (written.schedule !== undefined)
    return { kind: 'cron', expression: written.schedule, timezone: written.timezone ?? null };
  return { kind: 'interval' };
}

/** What no schema can tell: messages that commits cannot carry, schedules, patterns, keys that contradict. */
async function meaningProblems(written: WrittenResource, context: TrustContext): Promise<UnplacedProblem[]> {
  const { vocabulary, name, classic, asked } = context;
  const problems: UnplacedProblem[] = [];
  const say = (path: readonly PropertyKey[], message: string, found?: unknown) =>
    problems.push({ path, atKey: false, message, ...(found === undefined ? {} : { found: echo(found) }) });

  // neither a manual classic file nor one that is asked for is polled, so that they may do without a message
  if (classic?.manual !== true && !(asked === true && written.message === ''))
    sayMessage(['message'], written.message, say);
  for (const [index, alias] of (written.aliases ?? []).entries()) sayMessage(['aliases', index], alias, say);
  if (written.schedule !== undefined && written.every !== undefined) say(['every'], 'schedule and every: keep one');
  if (written.timezone !== undefined) {
    const against = vocabulary.checkTimezone(written.timezone);
    if (against !== null) say(['timezone'], against, written.timezone);
  }
  if (written.schedule !== undefined) {
    const against = await vocabulary.checkSchedule({ expression: written.schedule, name });
    if (against !== null) say(['schedule'], against, written.schedule);
  }
  if (written.accept !== undefined) {
    const against = await vocabulary.checkPattern(written.accept);
    if (against !== null) say(['accept'], against, written.accept);
  }
  const timed = written.schedule !== undefined || written.every !== undefined;
  if (classic === undefined && asked !== true && written.extract === undefined && !timed)
    say([], 'neither extract nor schedule: say how the value is got, or when it is due');
  return problems;
}

function sayMessage(
  path: readonly PropertyKey[],
  message: string,
  say: (path: readonly PropertyKey[], message: string) => void,
): void {
  try {
    assertMessage(message);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(path, describeFailure(error));
  }
}
