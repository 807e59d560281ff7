// Whether this machine has what its configuration and the definitions need.
import { formatDuration } from '../../core/duration.ts';
import { describeFailure, type Failure } from '../../core/failure.ts';
import { counted, type Finding, findingsOf } from '../finding.ts';

export interface MachineFacts {
  /** Version of each program; null where it is not installed. */
  readonly programs: Readonly<Record<'git' | 'bash' | 'bwrap', string | null>>;
  /** The remote is reached through the git command alone: ssh, or a path. */
  readonly needsGit: boolean;
  /** Definitions that are shell. */
  readonly shells: number;
  readonly sandbox: 'none' | 'bubblewrap';
  readonly state: { readonly directory: string; readonly failure: Failure | null; readonly free: number | null };
  /** Bytes of disk that runs leave free. */
  readonly keepFree: number;
  readonly runner: 'local' | 'none';
  /** Process of the agent that runs for this repository; null where none does. */
  readonly agent: number | null;
  /** Milliseconds by which this clock is ahead of the remote's; null where the remote does not tell. */
  readonly ahead: number | null;
  /** Secrets of the configuration that have no value here, with why. */
  readonly secrets: readonly { readonly name: string; readonly failure: Failure }[];
  /** Whether the clone that one stands in fetches results; null where one stands in none. */
  readonly fetchesNotes: boolean | null;
}

/** Difference of clocks from which claims and schedules suffer, in milliseconds. */
const MOST_AHEAD = 60_000;

const { ok, note, warning, problem } = findingsOf('machine');

export function machineFindings(facts: MachineFacts): readonly Finding[] {
  return [...programFindings(facts), ...stateFindings(facts), ...clockFindings(facts), ...configuredFindings(facts)];
}

function programFindings({ programs, needsGit, shells, sandbox }: MachineFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (programs.git === null)
    findings.push(
      needsGit
        ? problem('git is not installed, and the repository is reached through it alone', { remedy: 'install git' })
        : note('git is not installed: the mirror is read in process, which large repositories feel'),
    );
  if (programs.bash === null && shells > 0)
    findings.push(
      problem(`bash is not installed, and ${counted(shells, 'definition')} need it`, { remedy: 'install bash' }),
    );
  if (programs.bwrap === null && sandbox === 'bubblewrap')
    findings.push(
      problem('bubblewrap is not installed, and runs are to be shut in with it', {
        remedy: 'install bubblewrap, or set runs.sandbox: none',
      }),
    );
  const found = Object.values(programs).filter((version) => version !== null);
  return findings.length === 0 ? [ok(found.join(', '))] : findings;
}

function stateFindings({ state, keepFree, runner, agent }: MachineFacts): readonly Finding[] {
  const { directory, failure, free } = state;
  const live = agent === null ? 'no agent runs' : `an agent runs (process ${agent})`;
  if (failure !== null)
    return [
      problem(`state cannot be written: ${describeFailure(failure)}`, { remedy: 'set state_dir or --state-dir' }),
    ];
  const findings = [ok(`state in ${directory}; ${live}`)];
  if (free !== null && runner === 'local' && free < keepFree)
    findings.push(
      warning(`${size(free)} are free where state is, less than runs.keep_free (${size(keepFree)})`, {
        remedy: 'free some space: else the oldest runs go with their logs',
      }),
    );
  return findings;
}

function clockFindings({ ahead }: MachineFacts): readonly Finding[] {
  if (ahead === null || Math.abs(ahead) <= MOST_AHEAD) return [];
  const how = `${formatDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the remote's`;
  return [
    warning(`the clock of this machine is ${how}`, {
      remedy: 'set it: schedules, times of changes and claims of runs go by it',
    }),
  ];
}

function configuredFindings({ secrets, fetchesNotes }: MachineFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (secrets.length > 0)
    findings.push(
      problem(`${counted(secrets.length, 'secret has', 'secrets have')} no value here`, {
        items: secrets.map(({ name, failure }) => `${name}: ${describeFailure(failure)}`),
        remedy: 'spread-cron config show tells where each comes from',
      }),
    );
  if (fetchesNotes === false)
    findings.push(
      note('this clone does not fetch results, which are notes', {
        remedy: "git config --add remote.origin.fetch '+refs/notes/*:refs/notes/*'",
      }),
    );
  return findings;
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
