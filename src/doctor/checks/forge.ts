// What the forge says of the repository, what our token may do there, and what its pushes begin.
import { describeFailure, type Failure } from '../../core/failure.ts';
import type { Trigger } from '../../definition/trigger.ts';
import type { HostedRepository, HostedWorkflow } from '../../forge/forge.ts';
import { type Finding, findingsOf } from '../finding.ts';

/** Who a token of GitHub stands for, told by how it begins (docs.github.com, "GitHub's token formats"). `installation`: an
 * App, or a job of Actions. `key`: pushes go by ssh. */
export type TokenKind = 'none' | 'key' | 'personal' | 'user' | 'installation' | 'unknown';

export interface ForgeFacts {
  /** Such as `GitHub`. */
  readonly name: string;
  readonly repository: HostedRepository | Failure;
  readonly workflows: readonly HostedWorkflow[] | Failure;
  /** Of what we push with. */
  readonly token: TokenKind;
  /** This process is a step of a job of Actions. */
  readonly inJob: boolean;
  readonly trigger: Trigger;
}

const { ok, note, problem } = findingsOf('ci');

/** `null`: there is none. */
export function tokenKind(token: string | null): TokenKind {
  if (token === null) return 'none';
  const [prefix = ''] = /^(?:github_pat|gh[a-z])_/.exec(token) ?? [];
  switch (prefix) {
    case 'ghp_':
    case 'github_pat_':
      return 'personal';
    case 'gho_':
    case 'ghu_':
      return 'user';
    case 'ghs_':
      return 'installation';
    default:
      return 'unknown';
  }
}

export function forgeFindings(facts: ForgeFacts): readonly Finding[] {
  return [...rightFindings(facts), ...pushFindings(facts), ...switchedOff(facts)];
}

function rightFindings({ name, repository, token }: ForgeFacts): readonly Finding[] {
  if ('reason' in repository) {
    const what = `${name} does not answer about the repository: ${describeFailure(repository)}`;
    return [token === 'none' ? note(what) : problem(what, { remedy: 'look at forge.api and forge.token' })];
  }
  const findings: Finding[] = [];
  if (repository.mayPush === false)
    findings.push(
      problem('the token may not push to the repository', {
        remedy: 'give it the right contents: write (of a classic token: repo)',
      }),
    );
  const { scopes } = repository;
  if (scopes !== null && !scopes.includes('workflow') && scopes.length > 0)
    findings.push(
      note('the token lacks the scope workflow: branches whose workflow files are new are refused', {
        remedy: 'give it the scope workflow where doctor --fix or new branches need it',
      }),
    );
  return findings;
}

function pushFindings({ token, inJob, trigger, name }: ForgeFacts): readonly Finding[] {
  if (trigger.kind === 'dispatch') return [];
  switch (token) {
    case 'installation':
      return inJob
        ? [
            problem(`what the token of a job pushes begins no workflow of ${name}`, {
              remedy:
                'set trigger: dispatch in spread-cron.yaml, or push with a deploy key, an App or a personal token',
            }),
          ]
        : [ok('an App pushes: its pushes begin workflows')];
    case 'personal':
    case 'user':
      return [ok('a token of a person pushes: its pushes begin workflows')];
    case 'key':
      return [ok('a key of ssh pushes: its pushes begin workflows')];
    case 'none':
    case 'unknown':
      return [];
    default:
      return token satisfies never;
  }
}

function switchedOff({ workflows, name }: ForgeFacts): readonly Finding[] {
  if ('reason' in workflows) return [];
  const off = workflows.filter(({ disabled }) => disabled !== null);
  if (off.length === 0) return [];
  return [
    problem(`${name} has switched workflows off`, {
      items: off.map(({ path, disabled }) => `${path}: ${disabled}`),
      remedy: 'enable them under Actions; schedules stop after 60 days without activity',
    }),
  ];
}
