// The written `run` part of a definition: validated strictly now, carried out by the runner.
import * as z from 'zod';
import { duration, oneOrMany, variableName, word } from './written-values.ts';

/** Variables that would change how programs are found or what git and the shell do: never from a definition. */
const REFUSED_VARIABLE = /^(?:PATH|HOME|IFS|ENV|BASH_ENV|LD_.*|GIT_.*|SC_.*)$/;

/** Where a target may be: a scheme from a fixed list, or `user@host:path`; nothing that looks like an option. */
const REPOSITORY = /^(?:(?:https?|ssh|git|file):\/\/[^\s]+|[A-Za-z0-9_][\w.-]*@[\w.-]+:[^\s]+)$/;

/** A path below the definition's directory. */
const relativePath = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.startsWith('-') && !path.split('/').includes('..') && !path.includes('\0'),
    'not a path below the definition: relative, without .. and not starting with -',
  );

const VALUE = '${value}';

const environment = z
  .record(
    variableName.refine(
      (name) => !REFUSED_VARIABLE.test(name),
      'a variable that a definition may not set: PATH, HOME, IFS, ENV, BASH_ENV, LD_*, GIT_* and SC_* are refused',
    ),
    z
      .string()
      .refine((value) => !value.includes(VALUE), 'the value is not expanded here: scripts read it from SC_VALUE'),
  )
  .meta({ description: 'Environment variables; secrets as ${secret:NAME}. Values are text: put numbers in quotes.' });

const target = z
  .strictObject({
    repository: z
      .string()
      .regex(REPOSITORY, 'not a repository URL: https, http, ssh, git or file, or user@host:path')
      .meta({ description: 'Repository that a run clones into target/.' }),
    ref: z
      .string()
      .min(1)
      .refine((ref) => /^[^-\s~^:?*[\\][^\s~^:?*[\\]*$/.test(ref) && !ref.includes('..'), 'not a ref')
      .optional()
      .meta({ description: "Branch, tag or full oid; ${value} stands for the resource's value." }),
    depth: z.int().min(1).optional().meta({ description: 'How many commits to clone; all where absent.' }),
    submodules: z.boolean().optional(),
  })
  .meta({ description: 'The repository whose suite is run.' });

const script = oneOrMany('Shell lines, run one after the other until one fails.');

const task = z
  .strictObject({
    script: script.optional(),
    depends_on: oneOrMany('Tasks that must be done before.', word).optional(),
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

/** Schema of `run`. Refused: dependencies that are missing or go round in circles, queue settings that contradict. */
export const writtenRun = z
  .strictObject({
    target: target.optional(),
    env: environment.optional(),
    public_variables: oneOrMany('Run variables that may be written into notes.', variableName).optional(),
    overlay: relativePath.optional().meta({ description: 'Directory laid over the target; default custom.' }),
    patches: oneOrMany('Patches applied to the target, in order.', relativePath).optional(),
    actions: oneOrMany('Scripts run in the target after the overlay.', relativePath).optional(),
    files: z
      .record(
        relativePath,
        z.strictObject({
          secret: variableName.meta({ description: 'Name of a secret of the agent.' }),
          mode: z
            .string()
            .regex(/^0?[0-7]{3}$/, 'not a file mode: write it like "0400"')
            .optional(),
        }),
      )
      .optional()
      .meta({ description: 'Secrets that scripts expect as files: written before, removed after.' }),
    concurrency: z.int().min(1).optional().meta({ description: 'Runs of this resource at a time; default 1.' }),
    concurrency_groups: oneOrMany('Groups that share a number of slots.', word).optional(),
    queue_limit: z.int().min(0).optional(),
    queue_strategy: z.enum(['append', 'replace', 'partitioned_replace']).optional(),
    queue_partition_limit: z.int().min(1).optional(),
    start_delay: duration('Waits before a run starts, so that later changes can replace it.').optional(),
    retention_period: duration('Run records older than this are removed.').optional(),
    retention_count: z.int().min(0).optional().meta({ description: 'Run records kept.' }),
    timeout: duration('Longest time of the whole run.', 1).optional(),
    continue_running_tasks_after_failure: z.boolean().optional(),
    tasks: z.record(word, task).optional().meta({ description: 'Tasks by name; all that are ready run side by side.' }),
    on_error: z.strictObject({ script, env: environment.optional() }).optional(),
  })
  .superRefine((run, context) => {
    for (const issue of [...queueIssues(run), ...taskIssues(run.tasks ?? {})])
      context.addIssue({ code: 'custom', message: issue.message, path: [...issue.path] });
  })
  .meta({ description: 'What to do for each change. Validated and kept; carried out by the runner.' });

interface RunIssue {
  readonly message: string;
  readonly path: readonly string[];
}

function queueIssues(run: {
  readonly queue_strategy?: string | undefined;
  readonly queue_limit?: number | undefined;
  readonly queue_partition_limit?: number | undefined;
  readonly start_delay?: number | undefined;
}): RunIssue[] {
  const partitioned = run.queue_strategy === 'partitioned_replace';
  const issues: RunIssue[] = [];
  if (partitioned && run.queue_partition_limit === undefined)
    issues.push({ path: ['queue_strategy'], message: 'partitioned_replace needs a queue_partition_limit' });
  if (partitioned && run.queue_limit !== undefined)
    issues.push({ path: ['queue_limit'], message: 'partitioned_replace has a queue_partition_limit, no queue_limit' });
  if (!partitioned && run.queue_partition_limit !== undefined)
    issues.push({ path: ['queue_partition_limit'], message: 'only partitioned_replace has it: use queue_limit' });
  if ((run.start_delay ?? 0) > 0 && run.queue_limit === 0)
    issues.push({ path: ['start_delay'], message: 'a delayed run waits in the queue, which queue_limit 0 forbids' });
  return issues;
}

function taskIssues(tasks: Readonly<Record<string, { readonly depends_on?: readonly string[] | undefined }>>) {
  const issues: RunIssue[] = [];
  const needs = (name: string) => (Object.hasOwn(tasks, name) ? (tasks[name]?.depends_on ?? []) : []);
  for (const name of Object.keys(tasks)) {
    for (const needed of needs(name))
      if (!Object.hasOwn(tasks, needed))
        issues.push({
          path: ['tasks', name, 'depends_on'],
          message: `depends on a task that does not exist: ${needed}`,
        });
  }
  const circle = findCircle(Object.keys(tasks), needs);
  if (circle !== null)
    issues.push({
      path: ['tasks', circle[0] ?? '', 'depends_on'],
      message: `tasks wait for each other in a circle: ${circle.join(' -> ')}`,
    });
  return issues;
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
