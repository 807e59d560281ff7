// The written `run` part of a definition: strict, and nothing decided yet.
import * as z from 'zod';
import { environment, relativePath, script } from './written-environment.ts';
import { type RunIssue, taskIssues, tasks } from './written-tasks.ts';
import { duration, oneOrMany, variableName, word } from './written-values.ts';

/** Where a target may be: a scheme from a fixed list, or `user@host:path`; nothing that looks like an option. */
const REPOSITORY = /^(?:(?:https?|ssh|git|file):\/\/[^\s]+|[A-Za-z0-9_][\w.-]*@[\w.-]+:[^\s]+)$/;

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
      .refine((ref) => !/\$\{(?!value\})/.test(ref), 'only ${value} is expanded here')
      .optional()
      .meta({ description: "Branch, tag or full oid; ${value} stands for the resource's value." }),
    depth: z.int().min(1).optional().meta({ description: 'How many commits to clone; all where absent.' }),
    filter: z
      .enum(['blob:none'])
      .optional()
      .meta({ description: 'Clones without the contents of files, which are fetched when they are needed.' }),
    sparse: oneOrMany('Directories and files to check out; everything where absent.', relativePath).optional(),
    submodules: z.boolean().optional().meta({ description: 'Submodules too; default false.' }),
    lfs: z.boolean().optional().meta({ description: 'Contents of LFS where git-lfs is installed; default true.' }),
  })
  .meta({ description: 'The repository whose suite is run.' });

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
    queue_limit: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Places for waiting runs; without end where absent, 1 with the strategy replace.' }),
    queue_strategy: z
      .enum(['append', 'replace', 'partitioned_replace'])
      .optional()
      .meta({ description: 'What a full queue does: refuses (default), or replaces the last that waits.' }),
    queue_partition_limit: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Places for waiting runs of one partition; only with partitioned_replace.' }),
    start_delay: duration('Waits before a run starts, so that later changes can replace it.').optional(),
    start_within: duration('Longest wait that replacements may cause; only with start_delay.').optional(),
    retention_period: duration('Run records older than this are removed.').optional(),
    retention_count: z.int().min(0).optional().meta({ description: 'Run records kept.' }),
    timeout: duration('Longest time of the whole run.', 1).optional(),
    parallel: z.int().min(1).optional().meta({ description: 'Tasks at a time; all that are ready where absent.' }),
    continue_running_tasks_after_failure: z
      .boolean()
      .optional()
      .meta({ description: 'What does not depend on a failed task goes on; default false.' }),
    remove_workspace: z
      .enum(['always', 'on-success', 'never'])
      .optional()
      .meta({ description: 'When the directory of a run is removed; default always.' }),
    retries_when_lost: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .meta({ description: 'How often a run is started again whose agent was killed; default 1.' }),
    sandbox: z
      .enum(['none', 'bubblewrap'])
      .optional()
      .meta({ description: 'Whether tasks run in a sandbox; as the agent says where absent.' }),
    jenkins: z.boolean().optional().meta({ description: 'The variables of Jenkins too; default false.' }),
    tasks: tasks.optional(),
    on_error: z
      .strictObject({ script, env: environment.optional() })
      .optional()
      .meta({ description: 'What is done after a task has failed.' }),
  })
  .superRefine((run, context) => {
    // the messages say what stands there, as far as that matters
    for (const { message, path, nearest } of [...queueIssues(run), ...taskIssues(run.tasks ?? {})])
      context.addIssue({ code: 'custom', message, path: [...path], params: { complete: true, nearest } });
  })
  .meta({ description: 'What to do for each change.' });

export type WrittenRun = z.output<typeof writtenRun>;

function queueIssues(run: {
  readonly queue_strategy?: string | undefined;
  readonly queue_limit?: number | undefined;
  readonly queue_partition_limit?: number | undefined;
  readonly start_delay?: number | undefined;
  readonly start_within?: number | undefined;
}): RunIssue[] {
  const partitioned = run.queue_strategy === 'partitioned_replace';
  const delay = run.start_delay ?? 0;
  const issues: RunIssue[] = [];
  if (partitioned && run.queue_partition_limit === undefined)
    issues.push({ path: ['queue_strategy'], message: 'partitioned_replace needs a queue_partition_limit' });
  if (partitioned && run.queue_limit !== undefined)
    issues.push({ path: ['queue_limit'], message: 'partitioned_replace has a queue_partition_limit, no queue_limit' });
  if (!partitioned && run.queue_partition_limit !== undefined)
    issues.push({ path: ['queue_partition_limit'], message: 'only partitioned_replace has it: use queue_limit' });
  if (delay > 0 && run.queue_limit === 0)
    issues.push({ path: ['start_delay'], message: 'a delayed run waits in the queue, which queue_limit 0 forbids' });
  if (run.start_within !== undefined && delay === 0)
    issues.push({ path: ['start_within'], message: 'without start_delay nothing waits: add start_delay' });
  else if (run.start_within !== undefined && run.start_within < delay)
    issues.push({ path: ['start_within'], message: 'shorter than start_delay, which every run waits' });
  return issues;
}
