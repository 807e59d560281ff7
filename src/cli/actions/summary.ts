// What a job of GitHub Actions shows on its page: a round's news or a run's tasks, as Markdown.
import { describeFailure, type Failure } from '../../core/failure.ts';
import type { CheckOutcome } from '../../core/outcome.ts';
import type { RunRecord } from '../../core/run.ts';
import { countOutcomes, isNews, outcomeRow } from '../outcome-lines.ts';
import { failedTasks, runDuration, runSubject, statusText, timeSpent } from '../runs/run-words.ts';
import { timelineLines } from '../runs/timeline.ts';
import { renderLine } from '../terminal/style.ts';
import { fenced, markdownTable, plainText } from './markdown.ts';

/** Rows of a table at most: the page of a job takes a megabyte. */
const MOST_ROWS = 200;

/** `now` in milliseconds since the epoch; `late` says how late the round was, where that is known. */
export function roundSummary(
  outcomes: readonly CheckOutcome[],
  { now, failure, late }: { readonly now: number; readonly failure: Failure | null; readonly late: string | null },
): string {
  const told = outcomes.filter((outcome) => isNews(outcome) || outcome.outcome === 'failed');
  const rows = told
    .slice(0, MOST_ROWS)
    .map((outcome) =>
      outcomeRow(outcome, now).map((cell) => plainText((typeof cell === 'string' ? cell : cell.text).trim())),
    );
  const left = told.length - rows.length;
  return sections([
    `### ${plainText(countOutcomes(outcomes))}`,
    late,
    failure === null ? null : `**${plainText(describeFailure(failure))}**`,
    rows.length === 0 ? null : markdownTable(['Outcome', 'Resource', 'Change', 'Before', 'Commit'], rows),
    left > 0 ? `and ${left} more` : null,
  ]);
}

/** `lastWords` are the last lines of the first task that failed. */
export function runSummary(run: RunRecord, now: number, lastWords: readonly string[]): string {
  const spent = runDuration(run);
  const [failed] = failedTasks(run);
  const rows = run.tasks.map((task) => {
    const time = runDuration(task);
    return [plainText(task.name), plainText(statusText(task)), time === null ? '' : timeSpent(time), `${task.tries}`];
  });
  const timeline = timelineLines(run, now, null).map((line) => renderLine(line, 'plain').trimEnd());
  return sections([
    `### ${plainText(`${run.resource}: ${statusText(run)}`)}${spent === null ? '' : ` in ${timeSpent(spent)}`}`,
    [plainText(runSubject(run)), run.change === null ? '' : run.change.commit].filter((text) => text !== '').join(' '),
    run.error === null ? null : `**${plainText(run.error.message)}**`,
    rows.length === 0 ? null : markdownTable(['Task', 'Status', 'Time', 'Tries'], rows),
    timeline.length === 0 ? null : fenced(timeline),
    failed === undefined || lastWords.length === 0
      ? null
      : `The end of what ${plainText(failed.name)} printed:\n\n${fenced(lastWords)}`,
  ]);
}

function sections(parts: readonly (string | null)[]): string {
  return `${parts.filter((part) => part !== null && part !== '').join('\n\n')}\n`;
}
