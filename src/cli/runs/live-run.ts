// A run as it is shown while it goes on: what its tasks print on stdout, what happens on stderr, and how it ended. With
// `--json` one object for every change of the run instead.
import { isFinished, ON_ERROR_TASK, PREPARE_TASK, type RunRecord, type TaskRecord } from '../../core/run.ts';
import type { OnRun, RunVerbs } from '../../pipeline/runs/run-verbs.ts';
import type { LogPiece } from '../../record/logs.ts';
import type { Line } from '../terminal/style.ts';
import type { Tools } from '../tools.ts';
import { followTask, hasBegun } from './follow-task.ts';
import { runObject } from './run-object.ts';
import { createRunProgress } from './run-progress.ts';
import { createRunWatch } from './run-watch.ts';
import { nextAboutRun, resultLine, runExitStatus, runName, runSubject, shortId, taskEnd } from './run-words.ts';
import { createTaskLines, type TaskLines } from './task-lines.ts';

/** What a run is shown with. */
export interface LiveTools extends Pick<Tools, 'output' | 'clock' | 'signal' | 'job'> {
  readonly app: Pick<RunVerbs, 'log' | 'findRun'>;
}

/** How much of a failed task's log a job is told, in bytes at least. */
const LAST_BYTES = 16_384;

/** A run that was shown: as it ended (or goes on by an agent), and the exit status that says so. */
export interface ShownRun {
  readonly run: RunRecord;
  readonly exitStatus: number;
}

/** Shows the run that `begin` begins, to its end. */
export async function showLiveRun(
  begin: (onRun: OnRun) => Promise<RunRecord>,
  which: 'usual' | 'exit-code',
  tools: LiveTools,
): Promise<ShownRun> {
  const { output, signal } = tools;
  const live = output.format === 'json' ? tellObjects(tools) : showPeople(tools);
  let run: RunRecord;
  try {
    run = await begin(live.onRun);
  } catch (error) {
    const latest = live.latest();
    live.leave();
    if (!signal.aborted || latest === null) throw error;
    run = await tools.app.findRun(latest.id);
  }
  if (!isFinished(run.status)) {
    live.leave();
    output.object(runObject(run));
    output.log.info(`run ${shortId(run.id)} goes on: the agent carries it out`);
    for (const line of nextAboutRun(run)) output.say(line);
    return { run, exitStatus: 1 };
  }
  await live.end(run);
  await tools.job?.ran(run, (task) => endOf(tools.app.log(run.id, task, {}, signal)));
  return { run, exitStatus: runExitStatus(run, which) };
}

/** What shows runs that somebody else begins. */
export interface ShownRuns {
  readonly onRun: OnRun;
  /** Resolves once everything is shown of what has ended. */
  shown(): Promise<void>;
}

/** Shows every run that is told of in the same way; for few of them, since nothing keeps the lines of two apart. */
export function showAllRuns(tools: LiveTools): ShownRuns {
  const lives = new Map<string, Live>();
  const ended = new Map<string, Promise<void>>();
  return {
    onRun(run) {
      if (run.status === 'waiting' || ended.has(run.id)) return;
      const live = lives.get(run.id) ?? (tools.output.format === 'json' ? tellObjects(tools) : showPeople(tools));
      lives.set(run.id, live);
      if (!isFinished(run.status)) return live.onRun(run);
      lives.delete(run.id);
      const ending = live.end(run);
      // met where all of them are awaited
      ending.catch(() => undefined);
      ended.set(run.id, ending);
    },
    async shown() {
      await Promise.all(ended.values());
    },
  };
}

/** The last of a log, as text. */
async function endOf(pieces: AsyncIterable<LogPiece>): Promise<string> {
  let end = Buffer.alloc(0);
  for await (const { bytes } of pieces) {
    end = Buffer.concat([end, bytes]);
    if (end.length > 2 * LAST_BYTES) end = Buffer.from(end.subarray(-LAST_BYTES));
  }
  return end.toString('utf8');
}

interface Live {
  readonly onRun: OnRun;
  latest(): RunRecord | null;
  /** Shows what is left to show. */
  end(run: RunRecord): Promise<void>;
  /** Shows no more. */
  leave(): void;
}

function tellObjects({ output }: LiveTools): Live {
  let latest: RunRecord | null = null;
  let told = '';
  const tell = (run: RunRecord) => {
    latest = run;
    const object = runObject(run);
    const text = JSON.stringify(object);
    if (text !== told) output.object(object);
    told = text;
  };
  return { onRun: tell, latest: () => latest, end: async (run) => tell(run), leave: () => {} };
}

function showPeople({ app, output, clock }: LiveTools): Live {
  const watch = createRunWatch();
  const left = new AbortController();
  const shown = new Map<string, Promise<void>>();
  const told = new Map<string, number>();
  const quiet = output.level === 'quiet';
  let lines: TaskLines | null = null;
  const linesNow = () => {
    lines ??= createTaskLines(output, { prefixes: prefixesFor(watch.latest()?.tasks ?? []), times: 'without-times' });
    return lines;
  };
  const progress = createRunProgress(output, clock, {
    latest: watch.latest,
    lines: { take: () => {}, end: () => {}, begun: (task) => lines?.begun(task) ?? '' },
  });
  const say = (task: TaskRecord, ...what: Line[]) =>
    output.say([{ text: task.name, style: 'bold' }, ' ', ...what.flat()]);

  /** What a task prints, once everything that came before it was shown: that has ended, but may not be told yet. */
  async function show({ name }: TaskRecord, before: readonly Promise<void>[]): Promise<void> {
    await Promise.all(before);
    told.set(name, 0);
    tellTries(name);
    for await (const piece of followTask(name, { app, clock, watch }, undefined, left.signal)) {
      linesNow().take(name, piece);
      progress.draw();
    }
    linesNow().end(name);
    const task = watch.latest()?.tasks.find((one) => one.name === name);
    if (task !== undefined && !left.signal.aborted) say(task, taskEnd(task));
  }

  /** Tells of a task that is shown by now that it began, or began again. */
  function tellTries(name: string): void {
    const before = told.get(name);
    const task = watch.latest()?.tasks.find((one) => one.name === name);
    if (before === undefined || task === undefined || task.tries <= before) return;
    told.set(task.name, task.tries);
    say(task, task.tries === 1 ? 'started' : `is tried again, try ${task.tries}`);
  }

  /** The tasks that had ended when this one began, as far as the graph says so. */
  function shownBefore({ name, dependsOn }: TaskRecord): readonly Promise<void>[] {
    const before = name === ON_ERROR_TASK ? [...shown.keys()] : [PREPARE_TASK, ...dependsOn];
    return before.flatMap((one) => shown.get(one) ?? []);
  }

  function onRun(run: RunRecord): void {
    if (watch.latest() === null && !quiet) {
      const subject = runSubject(run);
      const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
      output.say([...runName(run), `${subject === '' ? '' : `: ${subject}`}${attempt}`]);
    }
    watch.tell(run);
    for (const task of quiet ? [] : run.tasks.filter(hasBegun)) {
      tellTries(task.name);
      if (shown.has(task.name)) continue;
      const showing = show(task, shownBefore(task));
      // met where all of them are awaited
      showing.catch(() => undefined);
      shown.set(task.name, showing);
    }
    progress.draw();
  }

  return {
    onRun,
    latest: watch.latest,
    async end(run) {
      onRun(run);
      try {
        await Promise.all(shown.values());
      } finally {
        progress.close();
      }
      if (quiet) output.print(resultLine(run));
      else output.say(resultLine(run));
      for (const line of nextAboutRun(run)) output.say(line);
    },
    leave() {
      left.abort();
      progress.close();
    },
  };
}

/** The names that lines begin with: all of them where two tasks can print at a time, else none. */
export function prefixesFor(tasks: readonly TaskRecord[]): readonly string[] | null {
  return isChain(tasks) ? null : tasks.map(({ name }) => name);
}

/** True where each task comes before or after each other one. `prepare` comes before all, `on_error` after all. */
function isChain(tasks: readonly TaskRecord[]): boolean {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const known = new Map<string, ReadonlySet<string>>();
  const before = (name: string): ReadonlySet<string> => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const direct = (byName.get(name)?.dependsOn ?? []).filter((one) => byName.has(one));
    const all = new Set(direct.flatMap((one) => [one, ...before(one)]));
    known.set(name, all);
    return all;
  };
  const counts = tasks
    .filter(({ name }) => name !== PREPARE_TASK && name !== ON_ERROR_TASK)
    .map(({ name }) => before(name).size);
  // in a chain the first has none before it, the next one, the next two
  return new Set(counts).size === counts.length;
}
