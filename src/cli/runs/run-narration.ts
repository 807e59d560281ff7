// What the agent tells of runs: that one started, how it ended and where its log is, how many wait. With `--json` the run
// itself whenever its status changes.
import { isFinished, type RunRecord, type RunStatus } from '../../core/run.ts';
import type { OnRun } from '../../pipeline/runs/run-verbs.ts';
import type { Output } from '../terminal/output.ts';
import { runObject } from './run-object.ts';
import { failedTasks, nextAboutRun, resultLine, runName, runSubject, shortId } from './run-words.ts';

/** Told of every change of any run, tells those of statuses. */
export function runNarration(output: Output): OnRun {
  /** Runs that have not ended. */
  const known = new Map<string, RunStatus>();
  const waiting = () => {
    const count = [...known.values()].filter((status) => status === 'waiting').length;
    return count === 0 ? '' : `; ${count} ${count === 1 ? 'waits' : 'wait'}`;
  };
  return (run) => {
    if (known.get(run.id) === run.status) return;
    if (isFinished(run.status)) known.delete(run.id);
    else known.set(run.id, run.status);
    output.object(runObject(run));
    tell(run, waiting(), output);
  };
}

function tell(run: RunRecord, waiting: string, output: Output): void {
  const subject = runSubject(run);
  switch (run.status) {
    case 'waiting':
      // most start at once; how many do not is told with the others
      return;
    case 'running': {
      const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
      output.say([...runName(run), ` started${subject === '' ? '' : `: ${subject}`}${attempt}${waiting}`]);
      return;
    }
    case 'superseded': {
      const by = run.supersededBy === null ? '' : ` by ${shortId(run.supersededBy)}`;
      output.say([...runName(run), ` was superseded${by}`]);
      return;
    }
    case 'success':
    case 'cancelled':
      output.say([resultLine(run), waiting].flat());
      return;
    case 'failed':
    case 'timed-out':
    case 'lost': {
      const tasks = failedTasks(run).map(({ name }) => name);
      const where = tasks.length === 0 ? '' : ` in ${tasks.slice(0, 3).join(', ')}${tasks.length > 3 ? ', …' : ''}`;
      output.say([resultLine(run), where, waiting].flat());
      const [next] = nextAboutRun(run);
      if (next !== undefined) output.say(next);
      return;
    }
    default:
      run.status satisfies never;
  }
}
