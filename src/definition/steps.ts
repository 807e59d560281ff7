// The extract steps of a definition: `{kind: argument, …options, as?, from?}` as written, checked by the schema that
// the kind of step brings along.
import { nearestWord } from '../core/nearest.ts';
import type { StepSpec } from '../core/resource.ts';
import { echo } from './problem.ts';
import { schemaProblems, type UnplacedProblem } from './schema-problems.ts';
import type { Vocabulary } from './vocabulary.ts';
import { word } from './written-values.ts';

type WrittenStep = Readonly<Record<string, unknown>>;

/** Steps as the program trusts them, or what is wrong; paths start at the list of steps. */
export async function readSteps(
  written: readonly WrittenStep[],
  vocabulary: Vocabulary,
): Promise<{ readonly steps: readonly StepSpec[]; readonly problems: readonly UnplacedProblem[] }> {
  const steps: StepSpec[] = [];
  const problems: UnplacedProblem[] = [];
  const kept = new Set<string>();
  for (const [index, step] of written.entries()) {
    const read = await readStep({ step, index, kept, vocabulary });
    if (Array.isArray(read)) problems.push(...read);
    else steps.push(read as StepSpec);
    const { as } = step;
    if (typeof as === 'string') kept.add(as);
  }
  return { steps, problems };
}

async function readStep(input: {
  readonly step: WrittenStep;
  readonly index: number;
  readonly kept: ReadonlySet<string>;
  readonly vocabulary: Vocabulary;
}): Promise<StepSpec | UnplacedProblem[]> {
  const { step, index, vocabulary } = input;
  const { as, from, ...rest } = step;
  const kind = Object.keys(rest).find((key) => Object.hasOwn(vocabulary.steps, key));
  if (kind === undefined) return [unknownKind(rest, index, vocabulary)];
  const type = vocabulary.steps[kind];
  if (type === undefined) return [unknownKind(rest, index, vocabulary)];
  const problems: UnplacedProblem[] = [];
  const say = (path: readonly PropertyKey[], message: string, more: Partial<UnplacedProblem> = {}) =>
    problems.push({ path: [index, ...path], atKey: path.length > 0, message, ...more });

  if (index === 0 && type.role !== 'source') say([kind], 'the first step must be a source', { found: kind });
  if (index > 0 && type.role === 'source') say([kind], 'only the first step can be a source', { found: kind });
  if (as !== undefined && !word.safeParse(as).success) say(['as'], 'not a plain word', { found: echo(as) });
  else if (typeof as === 'string' && input.kept.has(as))
    say(['as'], 'the name is taken by an earlier step', { found: as });
  if (from !== undefined && (typeof from !== 'string' || !input.kept.has(from)))
    say(['from'], 'no earlier step keeps its output under this name', {
      found: echo(from),
      nearest: nearestWord(String(from), input.kept),
    });

  const result = type.schema.safeParse(rest);
  if (!result.success) {
    const found = schemaProblems({ schema: type.schema, data: rest, error: result.error });
    problems.push(...found.map((problem) => nameSecondKind({ problem, index, kind, vocabulary })));
    return problems;
  }
  const against = (await vocabulary.checkStep?.(kind, result.data)) ?? null;
  if (against !== null) say([kind], against, { atKey: false, found: echo(rest[kind]) });
  if (problems.length > 0) return problems;
  return {
    kind,
    options: result.data,
    ...(typeof as === 'string' ? { as } : {}),
    ...(typeof from === 'string' ? { from } : {}),
  };
}

/** An unknown option that is itself a kind of step: two steps were written as one. */
function nameSecondKind(input: {
  readonly problem: UnplacedProblem;
  readonly index: number;
  readonly kind: string;
  readonly vocabulary: Vocabulary;
}): UnplacedProblem {
  const { problem, index, kind, vocabulary } = input;
  const path = [index, ...problem.path];
  const key = String(problem.path.at(-1));
  if (problem.message === 'unknown key' && problem.path.length === 1 && Object.hasOwn(vocabulary.steps, key))
    return {
      path,
      atKey: true,
      message: 'two kinds in one step: write them as two steps',
      found: `${kind} and ${key}`,
    };
  return { ...problem, path };
}

function unknownKind(rest: WrittenStep, index: number, vocabulary: Vocabulary): UnplacedProblem {
  const kinds = Object.keys(vocabulary.steps);
  const [key] = Object.keys(rest);
  const expected = kinds.join(', ');
  if (key === undefined) return { path: [index], atKey: false, message: 'a step without its kind', expected };
  const nearest = nearestWord(key, kinds);
  return { path: [index, key], atKey: true, message: 'unknown kind of step', expected, found: key, nearest };
}
