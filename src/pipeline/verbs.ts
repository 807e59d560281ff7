// The verbs of the command line over the rooms, less those that need an agent: what app.ts hands to cli/.
import { dirname, resolve } from 'node:path';
import { Failure } from '../core/failure.ts';
import type { Definition, Layout } from '../core/resource.ts';
import type { StepReport } from '../extract/extract.ts';
import { remedyFor } from '../extract/remedy.ts';
import type { HistoryWithResults } from '../state/history.ts';
import { lookForReading } from './look.ts';
import { endResources, makeResources, prepareAdd, prepareStart } from './make/make.ts';
import { type Prepared, type ResourceRequest, usualLayout } from './make/prepare.ts';
import type { Outside, Rooms } from './rooms.ts';
import { type Attempt, attempt } from './show/attempt.ts';
import { kindOfFile, nameOfFile, readNamedFile } from './show/definition-file.ts';
import { isFileTarget } from './show/file-target.ts';
import { previewOf } from './show/preview.ts';
import type { RunStatusTools } from './show/run-status.ts';
import {
  type StatusReport,
  showHistory,
  showStatus,
  tryResource,
  type Validated,
  validateResources,
} from './show/show.ts';
import { ALWAYS } from './step-context.ts';

/** One extract step as `try` shows it. Previews are text, shortened. */
export interface AttemptedStep {
  /** Position from 1 and kind, such as `2 json`. */
  readonly step: string;
  readonly input: string | null;
  readonly output: string | null;
  readonly failure: Failure | null;
  readonly duration_ms: number;
}

export interface ShownAttempt extends Attempt {
  /** What to do about a failure, one sentence; null where there is none. */
  readonly remedy: string | null;
}

export interface Verbs {
  /** Extracts without writing anything and tells what every step gave. `target` is a resource's name or a file's path. */
  attempt(target: string, onStep: (step: AttemptedStep) => void, signal: AbortSignal): Promise<ShownAttempt>;
  status(names: readonly string[], signal: AbortSignal): Promise<StatusReport>;
  /** Changes of one resource, newest first, lazily. */
  history(name: string, signal: AbortSignal): AsyncIterable<HistoryWithResults>;
  /** Every definition of the repository, or those named, with what is wrong with it. */
  validate(names: readonly string[], signal: AbortSignal): Promise<readonly Validated[]>;
  /** The definition in a file on disk, checked as `validate FILE` and `add-resource --file` do. */
  readDefinitionFile(path: string, name: string): Promise<Definition | Failure>;
  /** The text of a `resource.yaml` that is not written so far, checked in the same way. */
  readDefinitionText(text: string, name: string): Promise<Definition | Failure>;
  /** The layout that the repository uses mostly. */
  usualLayout(signal: AbortSignal): Promise<Layout>;
  /** Checks names and definitions and extracts the values of resources to be made; nothing is written yet. */
  prepare(resources: readonly ResourceRequest[], signal: AbortSignal): Promise<readonly Prepared[]>;
  /** The same for definitions on the default branch that have no branch yet. */
  prepareStart(names: readonly string[], signal: AbortSignal): Promise<readonly Prepared[]>;
  /** Pushes what was prepared, also where its extraction failed; what became of each, null where it was made. */
  add(
    prepared: readonly Prepared[],
    first: 'baseline' | 'due',
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Failure | null>>;
  /** Ends watches; the names that were removed. */
  remove(names: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
}

/** `rooms` opens the repository on first use; `outside` is what works without one; `runs` tells of runs. */
export function createVerbs(rooms: () => Promise<Rooms>, outside: Outside, runs: () => Promise<RunStatusTools>): Verbs {
  const readDefinitionFile = async (path: string, name: string) =>
    outside.readDefinition({ name, path, file: kindOfFile(path), content: await readNamedFile(path) });

  /** A definition on disk runs in its own directory. */
  async function attemptFile(
    path: string,
    onStep: (report: StepReport) => void,
    signal: AbortSignal,
  ): Promise<Attempt> {
    const name = nameOfFile(path);
    const definition = await readDefinitionFile(path, name);
    if (definition instanceof Failure) throw definition;
    const directory = dirname(resolve(path));
    const place = async () => ({ directory, common: directory });
    return attempt(
      { name, definition, source: null },
      null,
      (observed, tell) => outside.observe(observed, { once: ALWAYS, place, onStep: tell }, signal),
      onStep,
    );
  }

  return {
    async attempt(target, onStep, signal) {
      const tell = (report: StepReport) => onStep(shown(report));
      const isFile = await isFileTarget(target, '.');
      const made = isFile
        ? await attemptFile(target, tell, signal)
        : await tryResource(await rooms(), target, tell, signal);
      const { observation } = made;
      if (observation.kind !== 'failure') return { ...made, remedy: null };
      return { ...made, remedy: remedyFor(observation.failure, observation.step) ?? null };
    },
    status: async (names, signal) => showStatus(await rooms(), await runs(), names, signal),
    async *history(name, signal) {
      yield* showHistory(await rooms(), name, signal);
    },
    validate: async (names, signal) => validateResources(await rooms(), names, signal),
    readDefinitionFile,
    readDefinitionText: (text, name) =>
      outside.readDefinition({ name, path: 'resource.yaml', file: 'resource.yaml', content: Buffer.from(text) }),
    usualLayout: async (signal) => usualLayout((await lookForReading(await rooms(), signal)).snapshot),
    prepare: async (resources, signal) => prepareAdd(await rooms(), resources, signal),
    prepareStart: async (names, signal) => prepareStart(await rooms(), names, signal),
    add: async (prepared, first, signal) => makeResources(await rooms(), prepared, { first, force: 'force' }, signal),
    remove: async (names, signal) => endResources(await rooms(), names, signal),
  };
}

function shown(report: StepReport): AttemptedStep {
  return {
    step: report.step,
    input: previewOf(report.input),
    output: previewOf(report.output),
    failure: report.failure,
    duration_ms: Math.round(report.duration),
  };
}
