// The written tasks of a `run`: names that can stand in file names and reports, and a graph without gaps and circles.
import * as z from 'zod';
import { nearestWord } from '../core/nearest.ts';
import { ON_ERROR_TASK, PREPARE_TASK } from '../core/run.ts';
import { environment, script } from './written-environment.ts';
import { duration, oneOrMany } from './written-values.ts';

/** In characters: names stand in names of files. */
const LONGEST_NAME = 100;
const NAME = '^(?!(?:prepare|on_error)$)[\\p{L}\\p{N}_][\\p{L}\\p{N}_.+-]*$';

/** Name of a task; what is wrong with one is told as precisely as it can be. */
const taskName = z
  .string()
  .meta({ pattern: NAME, maxLength: LONGEST_NAME })
  .superRefine((name, context) => {
    const message = nameProblem(name);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

const task = z
  .strictObject({
    script: script.optional(),
    depends_on: oneOrMany('Tasks that must be done before.').optional(),
    allow_failure: z
      .boolean()
      .optional()
      .meta({ description: 'Its failure fails neither the run nor its dependents.' }),
    env: environment.optional(),
    timeout: duration('Longest time of the task.', 1).optional(),
    retries: z.int().min(0).max(100).optional().meta({ description: 'How often it is tried again.' }),
    when: z
      .enum(['success', 'failure', 'always'])
      .optional()
      .meta({ description: 'Runs after its dependencies succeeded (default), failed, or either way.' }),
  })
  .meta({ description: 'One step of a run; without a script it only joins others.' });

/** Tasks by name. */
export const tasks = z
  .record(taskName, task)
  .meta({ description: 'Tasks by name; all that are ready run side by side.' });

/** Something that is wrong inside `run`. */
export interface RunIssue {
  readonly message: string;
  readonly path: readonly string[];
  /** The known word that was probably meant. */
  readonly nearest?: string | undefined;
}

type Dependencies = Readonly<Record<string, { readonly depends_on?: readonly string[] | undefined }>>;

/** Dependencies that are missing or go round in circles. */
export function taskIssues(written: Dependencies): RunIssue[] {
  const issues: RunIssue[] = [];
  const needs = (name: string) => (Object.hasOwn(written, name) ? (written[name]?.depends_on ?? []) : []);
  for (const name of Object.keys(written)) {
    for (const needed of needs(name))
      if (!Object.hasOwn(written, needed))
        issues.push({
          path: ['tasks', name, 'depends_on'],
          message: `depends on a task that does not exist: ${needed}`,
          nearest: nearestWord(needed, Object.keys(written)),
        });
  }
  const circle = findCircle(Object.keys(written), needs);
  if (circle !== null)
    issues.push({
      path: ['tasks', circle[0] ?? '', 'depends_on'],
      message: `tasks wait for each other in a circle: ${circle.join(' -> ')}`,
    });
  return issues;
}

function nameProblem(name: string): string | null {
  if (name === '') return 'a task needs a name';
  if (name.length > LONGEST_NAME) return `the name of a task is longer than ${LONGEST_NAME} characters`;
  if (name === PREPARE_TASK || name === ON_ERROR_TASK) return 'the name is taken: it stands for a part of every run';
  if (name.startsWith('-')) return 'the name of a task begins with a dash, like an option';
  if (name === '.' || name === '..') return 'the name of a task has a meaning of its own in paths';
  if (name.includes('/')) return 'the name of a task holds a slash: it stands in names of files';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return 'the name of a task holds a control character';
  return new RegExp(NAME, 'u').test(name) ? null : 'not a name for a task: letters, digits and _ . + - only';
}

/** The first circle of a graph as names that end where they began; null where there is none. Linear in the graph. */
function findCircle(names: readonly string[], needs: (name: string) => readonly string[]): string[] | null {
  const finished = new Set<string>();
  for (const start of names) {
    const trail: { name: string; rest: string[] }[] = [{ name: start, rest: [...needs(start)] }];
    const onTrail = new Set([start]);
    while (trail.length > 0 && !finished.has(start)) {
      const current = trail.at(-1);
      const next = current?.rest.pop();
      if (current === undefined) break;
      if (next === undefined) {
        finished.add(current.name);
        onTrail.delete(current.name);
        trail.pop();
      } else if (onTrail.has(next)) {
        return [...trail.map((step) => step.name).slice(trail.findIndex((step) => step.name === next)), next];
      } else if (!finished.has(next)) {
        trail.push({ name: next, rest: [...needs(next)] });
        onTrail.add(next);
      }
    }
  }
  return null;
}
