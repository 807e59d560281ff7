// Carries out what a plan does before its tasks: clones the target, lays the overlay over it, applies patches, runs
// actions; tells what each step did and keeps what the overlay replaced.
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { PrepareStep, RunPlan } from '../../core/run-plan.ts';
import type { GitCommand } from '../../git/git-command.ts';
import { parseRemote } from '../../git/remote-url.ts';
import type { TargetCache } from '../../git/target-cache.ts';
import { type Disk, systemDisk } from '../../system/disk.ts';
import type { TakeOutput } from '../executor.ts';
import { type RunScript, runAction } from './action.ts';
import { driftWarnings, type Overlaid } from './drift.ts';
import { createNarration, type Narration, plain, shortened } from './narration.ts';
import { checkOverlay, layOver, overlayFiles } from './overlay.ts';
import { applyPatch } from './patch.ts';
import { type Changes, createTargetStatus, describeChanges, type TargetStatus } from './target-status.ts';

/** Absolute paths. */
export interface PreparePlace {
  readonly definition: string;
  readonly target: string;
}

export interface PrepareTools {
  readonly targets: Pick<TargetCache, 'checkout'>;
  readonly git: GitCommand;
  /** Becomes the log of the task `prepare`. */
  readonly output: TakeOutput;
  /** What the overlay of the last green run replaced. */
  readonly previousOverlaid: Overlaid;
  readonly runScript: RunScript;
  readonly disk?: Disk | undefined;
}

export interface PreparedStep {
  readonly step: PrepareStep;
  /** Null without a target, and where a script changed the target's git settings. */
  readonly changes: Changes | null;
}

export interface Prepared {
  /** What is in the target; null where there is none. */
  readonly commit: string | null;
  readonly overlaid: Overlaid;
  readonly steps: readonly PreparedStep[];
  /** Of overlays that were made for other versions. */
  readonly warnings: readonly string[];
}

/** What is known of the run so far; steps add to it. */
interface Progress {
  commit: string | null;
  status: TargetStatus | null;
  overlaid: Record<string, string | null>;
  readonly warnings: string[];
}

/** Failures: those of `TargetCache`; `refused`, `definition`, `command-failed` of a step, which nothing of that step survives. */
export async function prepareRun(
  plan: Pick<RunPlan, 'prepare' | 'directory'>,
  place: PreparePlace,
  tools: PrepareTools,
  signal: AbortSignal,
): Promise<Prepared> {
  const narration = createNarration(tools.output);
  const progress: Progress = { commit: null, status: null, overlaid: {}, warnings: [] };
  const steps: PreparedStep[] = [];
  try {
    for (const step of plan.prepare) {
      signal.throwIfAborted();
      await carryOut(step, { plan, place, tools, narration, progress, disk: tools.disk ?? systemDisk }, signal);
      steps.push({ step, changes: await changesOf(step, progress, narration, signal) });
    }
  } finally {
    await narration.told();
  }
  return { commit: progress.commit, overlaid: progress.overlaid, steps, warnings: progress.warnings };
}

interface Context {
  readonly plan: Pick<RunPlan, 'directory'>;
  readonly place: PreparePlace;
  readonly tools: PrepareTools;
  readonly narration: Narration;
  readonly progress: Progress;
  readonly disk: Disk;
}

async function carryOut(step: PrepareStep, context: Context, signal: AbortSignal): Promise<void> {
  const { place, tools, narration, progress, disk } = context;
  switch (step.kind) {
    case 'clone': {
      const { ref, repository } = step.target;
      narration.tell(`clone ${parseRemote(repository).url}${ref === null ? '' : ` at ${plain(ref)}`}`);
      const { commit } = await tools.targets.checkout(
        step.target,
        place.target,
        (line) => narration.tell(`  ${line}`),
        signal,
      );
      narration.tell(`  target/ has commit ${commit}`);
      progress.commit = commit;
      progress.status = await createTargetStatus(place.target, tools.git, disk);
      return;
    }
    case 'overlay':
      return overlay(step, context, signal);
    case 'patch':
      narration.tell(`patch ${plain(step.file)}`);
      needTarget(progress, step.file);
      return applyPatch(place, step.file, tools.git, signal);
    case 'action': {
      narration.tell(`action ${plain(step.script)}`);
      await narration.told();
      const directory = context.plan.directory === 'target' ? place.target : place.definition;
      return runAction({ definition: place.definition, directory }, step.script, { ...tools, disk }, signal);
    }
    default:
      return step satisfies never;
  }
}

async function overlay(
  step: Extract<PrepareStep, { kind: 'overlay' }>,
  { place, tools, narration, progress, disk }: Context,
  signal: AbortSignal,
): Promise<void> {
  const status = needTarget(progress, step.directory);
  const files = await overlayFiles(place.definition, step, disk);
  const directory = join(place.definition, step.directory);
  narration.tell(`overlay ${plain(step.directory)}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
  await checkOverlay(directory, place.target, files, disk);
  const paths = files.map(({ path }) => path);
  const versions = await status.versions(paths, signal);
  const replaced = Object.fromEntries(paths.map((path) => [path, versions.get(path) ?? null]));
  const fresh = paths.filter((path) => !versions.has(path));
  if (versions.size > 0) narration.tell(`  replaces ${shortened([...versions.keys()])}`);
  if (fresh.length > 0) narration.tell(`  brings ${shortened(fresh)}`);
  for (const warning of driftWarnings(step.directory, tools.previousOverlaid, replaced)) {
    narration.tell(`  warning: ${plain(warning, 2000)}`);
    progress.warnings.push(warning);
  }
  await layOver(directory, place.target, files, disk, signal);
  progress.overlaid = { ...progress.overlaid, ...replaced };
}

function needTarget({ status }: Progress, path: string): TargetStatus {
  if (status !== null) return status;
  throw new Failure('internal', 'nothing was cloned that this could change', { path });
}

async function changesOf(
  step: PrepareStep,
  { status }: Progress,
  narration: Narration,
  signal: AbortSignal,
): Promise<Changes | null> {
  if (status === null) return null;
  const changes = await status.since(signal);
  if (changes === null) narration.tell('  the settings of git in target/ were changed: what else was is not looked at');
  else if (step.kind !== 'clone') narration.tell(`  ${describeChanges(changes)}`);
  return changes;
}
