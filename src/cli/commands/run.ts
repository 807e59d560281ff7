// `run NAME|FILE`: runs the suite for the newest, or a given, change now; or says what it would do.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Standing } from '../../core/due.ts';
import { Failure } from '../../core/failure.ts';
import type { RunRequest, RunVerbs } from '../../pipeline/runs/run-verbs.ts';
import { isFileTarget } from '../../pipeline/show/file-target.ts';
import { examples } from '../help.ts';
import { repeated } from '../repeated-flag.ts';
import { type ShownRun, showLiveRun } from '../runs/live-run.ts';
import { planObject, printPlan } from '../runs/plan-lines.ts';
import type { Runtime } from '../runtime.ts';
import type { Tools } from '../tools.ts';

export interface RunOptions {
  readonly change?: string | undefined;
  readonly var?: readonly string[] | undefined;
  readonly partition?: string | undefined;
  readonly reason?: string | undefined;
  readonly plan?: boolean | undefined;
  readonly keep?: boolean | undefined;
  readonly exitCode?: boolean | undefined;
  readonly ifDue?: boolean | undefined;
}

export interface RunTools extends Tools {
  readonly app: Pick<RunVerbs, 'run' | 'plan' | 'standing' | 'log' | 'findRun'>;
}

export function addRun(program: Command, runtime: Runtime): void {
  program
    .command('run')
    .summary('run the suite for the newest, or a given, change now')
    .description(
      'Runs what a definition says under run, or its run-checks, for the newest change of a resource, and shows what its\n' +
        'tasks print; a definition in a file is run where it is, without a change. By the live agent where one runs, else\n' +
        'by this process. Ctrl-C cancels the run; one that the agent carries out goes on.',
    )
    .argument('<NAME|FILE>', 'name of a resource or path of a definition file')
    .option('--change <COMMIT>', 'run for this change commit rather than for the newest')
    .option('--var <NAME=VALUE>', 'a variable that tasks see; repeat for more', repeated)
    .option('--partition <NAME>', 'where the queue keeps partitions apart: the one of this run')
    .option('--reason <TEXT>', 'why, for the record')
    .option('--plan', 'print what would be done, and do nothing')
    .option('--keep', 'keep the workspace')
    .option('--exit-code', 'exit with the exit code of the suite')
    .option('--if-due', 'only where nobody carries the change out so far: for CI, where several may be told of it')
    .addHelpText(
      'after',
      examples([
        'run core-beta',
        'run core-beta --plan',
        'run core-beta --change 4f2a9c1 --keep',
        "run ./resource.yaml --var MODE=quick --reason 'trying the new image'",
        'run core-beta --json --exit-code',
        'run "$GITHUB_REF_NAME" --change "$GITHUB_SHA" --if-due',
      ]),
    )
    .action(async (target: string, options: RunOptions) => {
      const isFile = await isFileTarget(target, runtime.directory);
      // an agent that carries it out stands somewhere else
      const meant = isFile ? resolve(runtime.directory, target) : target;
      return runtime.withApp((tools) => runRun(meant, options, tools), {
        repository: isFile ? 'optional' : 'required',
      });
    });
}

export async function runRun(target: string, options: RunOptions, tools: RunTools): Promise<number> {
  const { app, output, signal } = tools;
  const request: RunRequest = {
    target,
    commit: options.change ?? null,
    variables: readVariables(options.var ?? []),
    partition: options.partition ?? '',
    user: tools.user,
    note: options.reason ?? null,
    workspace: options.keep === true ? 'keep' : 'as-defined',
    when: options.ifDue === true ? 'due' : 'asked',
  };
  if (options.plan === true) {
    const plan = await app.plan(request, signal);
    output.object(planObject(plan));
    if (output.format === 'human') printPlan(plan, output);
    return 0;
  }
  const which = options.exitCode === true ? 'exit-code' : 'usual';
  const show = () => showLiveRun((onRun) => app.run(request, onRun, signal), which, tools);
  return options.ifDue === true ? runIfDue(request, show, tools) : (await show()).exitStatus;
}

/** What is not due is no failure: whoever carries it out says how it ends. */
async function runIfDue(request: RunRequest, show: () => Promise<ShownRun>, tools: RunTools): Promise<number> {
  const { change, standing } = await tools.app.standing(request, tools.signal);
  if (change !== null && (standing === 'open' || standing === 'lost')) {
    const { run, exitStatus } = await show();
    // another agent was faster to claim it
    return run.startedAt === null && run.error?.reason === 'refused' ? 0 : exitStatus;
  }
  const commit = change?.commit ?? null;
  tools.output.object({ resource: request.target, commit, run: null, why: standing });
  const what = change === null ? request.target : `${request.target} ${change.value}`;
  tools.output.say(`${what}: not due, ${change === null ? 'nothing is recorded yet' : NOT_DUE[standing]}`);
  return 0;
}

const NOT_DUE: Readonly<Record<Standing, string>> = {
  open: 'nobody runs it',
  lost: 'its run was lost',
  skipped: 'its commit says that CI skips it',
  done: 'it has a result',
  waiting: 'it waits to be run',
  taken: 'another agent runs it',
};

/** `NAME=VALUE` of each; the last of several with one name counts. */
export function readVariables(written: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    written.map((text) => {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined)
        // what stands after the name may be meant for nobody's eyes
        throw new Failure('usage', '--var takes NAME=VALUE, the name of letters, digits and _', {
          found: text.split('=')[0],
        });
      return [name, value];
    }),
  );
}
