// What is done before the tasks: the clone, and what is laid over it, in order.
import { Failure } from '../../core/failure.ts';
import type { RunDefinition } from '../../core/run-definition.ts';
import type { PrepareStep } from '../../core/run-plan.ts';
import { targetRef } from './target-ref.ts';

/** Every file below the definition's directory by its path there, with its mode as git writes it (`100755`, `100644`,
 * `120000`). What is below `target/` may be left out. */
export type FilesBeside = ReadonlyMap<string, string>;

/** The overlay of the classic layout, and the one file of it that is sourced rather than laid over. */
const CUSTOM = 'custom';
const ENV_SH = 'env.sh';
const ACTIONS = 'actions.sh';

export interface Preparation {
  readonly steps: readonly PrepareStep[];
  /** What every action and task sources first, below the definition's directory. */
  readonly source: string | null;
}

/**
 * Without a target a suite looks after itself: it clones, lays over and sources what it wants, and nothing of that is
 * done twice. Failures: `definition`, `refused` and `usage` for a ref.
 */
export function prepareSteps(
  definition: RunDefinition,
  { beside, value }: { readonly beside: FilesBeside; readonly value: string | null },
): Preparation {
  const { target } = definition;
  if (target === null) {
    refuseWithoutTarget(definition);
    return { steps: actionSteps(definition.actions, beside), source: null };
  }
  const overlay = overlayOf(definition, beside);
  const actions = definition.actions.length === 0 && beside.has(ACTIONS) ? [ACTIONS] : definition.actions;
  const source = `${CUSTOM}/${ENV_SH}`;
  for (const file of definition.patches) requireFile(beside, file);
  refuseInTarget(definition);
  return {
    steps: [
      { kind: 'clone', target: { ...target, ref: targetRef(target.ref, value) } },
      ...(overlay === null ? [] : [overlay]),
      ...definition.patches.map((file) => ({ kind: 'patch' as const, file })),
      ...actionSteps(actions, beside),
    ],
    source: beside.has(source) ? source : null,
  };
}

/** Refuses a script that is not there, or that nobody could start. */
export function requireExecutable(beside: FilesBeside, path: string): void {
  requireFile(beside, path);
  if (beside.get(cleanPath(path)) === '100644')
    throw new Failure('definition', 'the script is not executable: git update-index --chmod=+x, then commit', { path });
}

function refuseWithoutTarget({ overlay, patches }: RunDefinition): void {
  if (overlay !== null)
    throw new Failure('definition', 'an overlay is laid over a target: add run.target', { path: 'run.overlay' });
  if (patches.length > 0)
    throw new Failure('definition', 'patches are applied to a target: add run.target', { path: 'run.patches' });
}

/** The clone makes `target/`: what is there before is in its way. */
function refuseInTarget({ files }: RunDefinition): void {
  const path = Object.keys(files).find((file) => cleanPath(file).split('/')[0] === 'target');
  if (path === undefined) return;
  throw new Failure('definition', 'a secret below target/ is in the way of the clone: put it below the overlay', {
    path,
  });
}

function overlayOf(definition: RunDefinition, beside: FilesBeside): PrepareStep | null {
  const directory = cleanPath(definition.overlay ?? CUSTOM);
  const except = directory === CUSTOM ? [ENV_SH] : [];
  if (directory === '.')
    throw new Failure('definition', 'the overlay would hold the definition itself: use a directory below it', {
      path: 'run.overlay',
    });
  const below = `${directory}/`;
  // a secret may be what it holds
  const paths = [...beside.keys(), ...Object.keys(definition.files).map(cleanPath)];
  const laidOver = paths.some((path) => path.startsWith(below) && path !== `${CUSTOM}/${ENV_SH}`);
  if (laidOver) return { kind: 'overlay', directory, except };
  if (definition.overlay === null || [...beside.keys()].some((path) => path.startsWith(below))) return null;
  throw new Failure('definition', 'the overlay is not there: add files to it, or remove run.overlay', {
    path: definition.overlay,
  });
}

function actionSteps(actions: readonly string[], beside: FilesBeside): readonly PrepareStep[] {
  return actions.map((script) => {
    requireExecutable(beside, script);
    return { kind: 'action', script };
  });
}

function requireFile(beside: FilesBeside, path: string): void {
  if (!beside.has(cleanPath(path)))
    throw new Failure('definition', 'a file of the run is not beside the definition: add it', { path });
}

/** Without `.` parts and doubled slashes. */
function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 ? '.' : parts.join('/');
}
