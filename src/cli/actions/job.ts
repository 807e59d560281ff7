// A command that runs in a job of GitHub Actions says what happened on the job's page too: a summary, annotations of what
// failed, outputs for later steps. Nothing of this replaces what is printed.
import * as z from 'zod';
import { formatDuration } from '../../core/duration.ts';
import { describeFailure, type Failure } from '../../core/failure.ts';
import type { CheckOutcome } from '../../core/outcome.ts';
import type { RunRecord } from '../../core/run.ts';
import { checkSchedule, latestDue } from '../../schedule/timing.ts';
import type { Clock } from '../../system/clock.ts';
import type { Environment } from '../../system/environment.ts';
import { appendToFile, readFileIfAny } from '../../system/files.ts';
import { isChange } from '../exit-status.ts';
import { failedTasks, runSubject, taskEnd } from '../runs/run-words.ts';
import type { Output } from '../terminal/output.ts';
import { printableLines } from '../terminal/printable.ts';
import { type Annotation, annotationLine } from './annotation.ts';
import { roundSummary, runSummary } from './summary.ts';

export interface ActionsJob {
  /** After a round. */
  checked(outcomes: readonly CheckOutcome[], failure: Failure | null): Promise<void>;
  /** After a run; `lastWords` gives the last of what the first task that failed printed. */
  ran(run: RunRecord, lastWords: (task: string) => Promise<string>): Promise<void>;
}

/** Annotations of a step that GitHub shows. */
const MOST_ANNOTATIONS = 10;
/** Lines of a failed task on the page. */
const LAST_LINES = 40;
/** Largest description of the event that began the job, in bytes. */
const LARGEST_EVENT = 1_000_000;

const scheduledEvent = z.object({ schedule: z.string() });

/** For a process that is a step of a job: `GITHUB_ACTIONS` is `true` in its environment. */
export function actionsJob(
  environment: Environment,
  {
    output,
    clock,
    redact,
  }: { readonly output: Output; readonly clock: Clock; readonly redact: (text: string) => string },
): ActionsJob {
  const { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: outputs } = environment;

  async function add(path: string | undefined, text: string): Promise<void> {
    if (path !== undefined && path !== '') await appendToFile(path, redact(text));
  }
  const annotate = (annotations: readonly Annotation[]) => {
    for (const annotation of annotations.slice(0, MOST_ANNOTATIONS)) output.say(annotationLine(annotation));
  };
  /** Only what cannot hold a line break is an output. */
  const give = (values: Readonly<Record<string, string | number>>) =>
    add(
      outputs,
      Object.entries(values)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );

  return {
    async checked(outcomes, failure) {
      const now = clock.now();
      const failing = outcomes.filter(({ outcome }) => outcome === 'failed');
      annotate([
        ...(failure === null
          ? []
          : [{ kind: 'error', title: 'spread-cron', message: describeFailure(failure) } as const]),
        ...failing.map(failingAnnotation),
      ]);
      const late = await lateness(environment, now);
      await add(summary, roundSummary(outcomes, { now, failure, late }));
      await give({ changed: outcomes.filter(isChange).length, failed: failing.length });
    },
    async ran(run, lastWords) {
      const [failed] = failedTasks(run);
      if (run.status !== 'success') annotate([runAnnotation(run)]);
      const words = failed === undefined ? '' : await lastWords(failed.name);
      await add(summary, runSummary(run, clock.now(), printableLines(words).slice(-LAST_LINES)));
      await give({ run: run.id, status: run.status, exit_code: run.exitCode ?? '' });
    },
  };
}

function failingAnnotation({ resource, error, failing_since: since }: CheckOutcome): Annotation {
  const step = error?.step == null ? '' : ` at step ${error.step}`;
  return {
    kind: 'error',
    title: `${resource} fails`,
    message: `${error?.message ?? ''}${step}${since === null ? '' : `, since ${since}`}`,
  };
}

function runAnnotation(run: RunRecord): Annotation {
  const [failed] = failedTasks(run);
  const how = failed === undefined ? (run.error?.message ?? run.status) : `${failed.name} ${taskEnd(failed)}`;
  // a run that was asked for has no change to name
  const message = [runSubject(run), how].filter((text) => text !== '').join(': ');
  return { kind: 'error', title: `${run.resource}: ${run.status}`, message };
}

/** How long after its time a job of a schedule came this far; null for other jobs. GitHub begins them when it can. */
async function lateness(environment: Environment, now: number): Promise<string | null> {
  const { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: path } = environment;
  if (event !== 'schedule' || path === undefined) return null;
  const bytes = await readFileIfAny(path, LARGEST_EVENT);
  const read = scheduledEvent.safeParse(bytes === null ? null : JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (!read.success) return null;
  const { schedule: expression } = read.data;
  if ((await checkSchedule({ expression, name: '' })) !== null) return null;
  const due = await latestDue({ timing: { kind: 'cron', expression, timezone: null }, name: '' }, now);
  return due === null ? null : `Begun ${formatDuration(now - due)} after its time (\`${expression}\`).`;
}
