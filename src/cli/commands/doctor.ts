// `doctor`: looks at everything that must be right, and says what to do about what is not.
import type { Command } from 'commander';
import { type Finding, TOPICS, type Topic } from '../../doctor/finding.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import type { Style } from '../terminal/style.ts';
import type { AppTools } from '../tools.ts';

export interface DoctorOptions {
  readonly fix?: boolean | undefined;
  readonly try?: boolean | undefined;
}

const TITLES: Readonly<Record<Topic, string>> = {
  machine: 'this machine',
  repository: 'the repository',
  resources: 'what is watched',
  ci: 'who carries changes out',
};

const STYLES: Readonly<Record<Finding['level'], Style | undefined>> = {
  ok: 'green',
  note: 'dim',
  warning: 'yellow',
  problem: 'red',
};

export function addDoctor(program: Command, runtime: Runtime): void {
  program
    .command('doctor')
    .summary('look for what is wrong: machine, repository, definitions, workflows, tokens')
    .description(
      'Looks at everything that must be right for changes to be found, recorded and carried out once, and says what to do\n' +
        'about what is not: also for somebody who comes with a repository of the classic agent. Runs nothing of the\n' +
        'repository, unless --try is given. Exit status 1 where something does not work.',
    )
    .option('--try', 'try every extraction too, which runs what definitions say')
    .option('--fix', 'give branches whose workflows differ those of the default branch, in commits that CI skips')
    .addHelpText(
      'after',
      examples(['doctor', 'doctor --repository https://git.example.com/team/resources.git --try', 'doctor --fix']),
    )
    .action((options: DoctorOptions) => runtime.withApp((tools) => runDoctor(options, tools)));
}

export async function runDoctor(options: DoctorOptions, tools: AppTools): Promise<ExitStatus> {
  const { app, output, signal } = tools;
  const refused = options.fix === true ? await fix(tools) : 0;
  const findings = await app.doctor(
    {
      extractions: options.try === true ? 'tried' : 'left alone',
      onStage: (text) => output.progress(`looking at ${text}`),
    },
    signal,
  );
  output.progress(null);
  for (const finding of findings) output.object(finding);
  if (output.format === 'human') printFindings(findings, tools);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  output.say(
    problems + warnings === 0
      ? 'nothing is wrong'
      : `${problems} ${problems === 1 ? 'problem' : 'problems'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
  );
  return exitStatus({ notPushed: refused > 0, failed: problems > 0 });
}

/** How many branches the remote did not take. */
async function fix({ app, output, signal }: AppTools): Promise<number> {
  output.say(`workflows of ${app.url}`);
  const { pushed, leftAlone } = await app.updateWorkflows(signal);
  let refused = 0;
  for (const [branch, result] of pushed) {
    if (result.kind === 'accepted') output.print(['updated   ', { text: branch, style: 'bold' }]);
    else {
      refused += 1;
      const why = result.kind === 'refused' ? result.message : 'the branch moved meanwhile, run the command again';
      output.print([{ text: 'refused   ', style: 'red' }, { text: branch, style: 'bold' }, `   ${why}`]);
    }
  }
  for (const branch of leftAlone)
    output.print([
      'left alone ',
      { text: branch, style: 'bold' },
      '   the default branch has no workflow for its changes',
    ]);
  if (pushed.size === 0 && leftAlone.length === 0)
    output.say('the workflows of all branches are those of the default branch');
  return refused;
}

function printFindings(findings: readonly Finding[], { output }: AppTools): void {
  for (const topic of TOPICS) {
    const own = findings.filter((finding) => finding.topic === topic);
    if (own.length === 0) continue;
    output.print([{ text: TITLES[topic], style: 'bold' }]);
    for (const { level, message, items, remedy } of own) {
      output.print(['  ', { text: level.padEnd(9), style: STYLES[level] }, message]);
      for (const item of items) output.print(`             ${item}`);
      if (remedy !== null) output.print(['           ', { text: `→ ${remedy}`, style: 'cyan' }]);
    }
  }
}
