// `show RUN`: everything that is known of one run.
import type { Command } from 'commander';
import type { RunRecord } from '../../core/run.ts';
import type { RunVerbs } from '../../pipeline/runs/run-verbs.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { describeError } from '../outcome-lines.ts';
import { runObject } from '../runs/run-object.ts';
import {
  nextAboutRun,
  runDuration,
  runSubject,
  STATUS_STYLES,
  shortId,
  statusText,
  timeSpent,
} from '../runs/run-words.ts';
import { timelineLines } from '../runs/timeline.ts';
import type { Runtime } from '../runtime.ts';
import type { Output } from '../terminal/output.ts';
import type { Span } from '../terminal/style.ts';
import { absoluteTime, relativeTime } from '../terminal/times.ts';
import type { Tools } from '../tools.ts';
import { reasonText } from './runs.ts';

export interface ShowTools extends Tools {
  readonly app: Pick<RunVerbs, 'findRun'>;
}

/** Width of the titles. */
const TITLE = 12;
/** Files of an overlay that are listed; of the others only how many there are. */
const LISTED = 20;

export function addShow(program: Command, runtime: Runtime): void {
  program
    .command('show')
    .summary('everything that is known of one run')
    .description(
      'What a run was for, how it ended and what to do about it, its tasks along its time, what its overlay replaced, and\n' +
        'where its workspace is, if it was kept. RUN is the beginning of an id, NAME (its latest run) or NAME~1 (the one\n' +
        'before).',
    )
    .argument('<RUN>', 'id or its beginning, NAME, or NAME~1')
    .addHelpText('after', examples(['show core-beta', 'show core-beta~1', 'show 3f2a81c0 --json']))
    .action((reference: string) => runtime.withApp((tools) => runShow(reference, tools), { repository: 'optional' }));
}

export async function runShow(reference: string, { app, output, clock }: ShowTools): Promise<ExitStatus> {
  const run = await app.findRun(reference);
  output.object(runObject(run));
  if (output.format === 'human') printRun(run, clock.now(), output);
  return 0;
}

function printRun(run: RunRecord, now: number, output: Output): void {
  const { change, variables, overlaid } = run;
  const say = (title: string, ...text: (string | Span)[]) =>
    output.print([{ text: title.padEnd(TITLE), style: 'dim' }, ...text]);
  const attempt = run.attempt > 1 ? `   attempt ${run.attempt}` : '';
  say('run', { text: run.id, style: 'yellow' }, attempt);
  say('resource', { text: run.resource, style: 'bold' });
  if (change !== null) {
    const previous = change.previous === null ? '' : `   was ${change.previous}`;
    say('change', runSubject(run), { text: `${previous}   ${change.commit.slice(0, 7)}`, style: 'dim' });
  }
  say('status', { text: statusText(run), style: STATUS_STYLES[run.status] });
  const reason = reasonText(run.reason, run.user, run.note);
  if (reason !== '') say('reason', reason);
  for (const [position, [name, value]] of Object.entries(variables).entries())
    say(position === 0 ? 'variables' : '', `${name}=${value}`);
  if (run.partition !== '') say('partition', run.partition);
  sayTimes(run, now, say);
  if (run.error !== null) say('error', { text: describeError(run.error), style: 'red' });
  if (run.supersededBy !== null) say('successor', { text: shortId(run.supersededBy), style: 'yellow' });
  if (run.tasks.length > 0) {
    output.print('');
    for (const line of timelineLines(run, now, output.width)) output.print(line);
  }
  printOverlay(overlaid, output);
  if (run.workspace !== null) {
    output.print('');
    say('workspace', run.workspace);
  }
  const next = nextAboutRun(run);
  if (next.length > 0 && output.level !== 'quiet') {
    output.print('');
    for (const [position, line] of next.entries()) say(position === 0 ? 'what to do' : '', line);
  } else if (run.tasks.length > 0) {
    output.say(`spread-cron logs ${shortId(run.id)} shows what it printed`);
  }
}

function sayTimes(run: RunRecord, now: number, say: (title: string, ...text: (string | Span)[]) => void): void {
  const instant = (title: string, at: number | null) => {
    if (at !== null) say(title, absoluteTime(at), { text: `   ${relativeTime(at, now)}`, style: 'dim' });
  };
  instant('created', run.createdAt);
  instant('started', run.startedAt);
  instant('finished', run.finishedAt);
  const spent = runDuration(run);
  if (spent !== null) say('time', timeSpent(spent));
}

/** Which files of the target the overlay replaced, and what they were. */
function printOverlay(overlaid: RunRecord['overlaid'], output: Output): void {
  const files = Object.entries(overlaid);
  if (files.length === 0) return;
  output.print('');
  output.print([{ text: 'laid over', style: 'dim' }]);
  for (const [path, replaced] of files.slice(0, LISTED)) {
    const what = replaced === null ? 'new' : `replaced ${replaced.slice(0, 7)}`;
    output.print(['  ', path, { text: `   ${what}`, style: 'dim' }]);
  }
  if (files.length > LISTED) output.print(['  ', { text: `… ${files.length - LISTED} more`, style: 'dim' }]);
}
