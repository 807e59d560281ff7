// What `install` and `uninstall` say: what became of each file, what the service will do, and what comes next.
import { formatDuration } from '../../core/duration.ts';
import { type Installation, SYSTEM_RUNTIME, SYSTEM_USER } from '../../install/installation.ts';
import type { MarkedFile } from '../../install/marked-files.ts';
import type { Environment } from '../../system/environment.ts';
import type { Output } from '../terminal/output.ts';

/** Variables that the program honours, and that neither cron nor systemd passes on. */
const PROXIES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];

/** A text that is only shown, under the name of where it would be. */
export function printText(path: string, text: string, output: Output): void {
  output.object({ path, action: 'none', text });
  for (const line of [`# ${path}`, ...text.trimEnd().split('\n')]) output.print(line);
}

export function printFile({ path, standing, wanted }: MarkedFile, output: Output): void {
  const action = actionOf(standing, wanted);
  if (action === null) return;
  output.object({ path, action, text: wanted });
  output.print([action.padEnd(11), { text: path, style: 'bold' }]);
}

function actionOf(standing: MarkedFile['standing'], wanted: string | null): string | null {
  if (wanted === null) return standing === 'absent' ? null : 'removed';
  if (standing === 'wanted') return 'unchanged';
  return standing === 'absent' ? 'wrote' : 'replaced';
}

/** What will happen from now on. */
export function sayWhatHappens(installation: Installation, what: 'agent' | 'timer' | 'cron', output: Output): void {
  const { url, config, stateBase } = installation;
  const often = `every ${formatDuration(config.interval)}`;
  const said = {
    agent: `the agent polls ${url} ${often}; runs are ${config.runner === 'none' ? 'not carried out' : `carried out (runner ${config.runner})`}`,
    timer: `systemd checks ${url} ${often}; the journal has what changes`,
    cron: `cron checks ${url} ${often}, and mails what changes`,
  };
  output.say(said[what]);
  output.say(`state is in ${stateBase}`);
}

/** What a service of the machine must be able to read besides its credentials, and how it is asked. */
export function sayHowItStands(
  { place, config, url, stateBase }: Installation,
  file: string | null,
  output: Output,
): void {
  if (place !== 'system') return;
  const { secrets, caFile, runs } = config;
  const read = [file, caFile, ...runs.envFiles, ...Object.values(secrets).map((secret) => secret.file ?? null)];
  const paths = read.filter((path) => path !== null);
  if (paths.length > 0) output.say(`the user ${SYSTEM_USER} must be able to read ${paths.join(', ')}`);
  const named = file === null ? `--repository ${url}` : `--config ${file}`;
  output.say(
    `ask it: sudo -u ${SYSTEM_USER} XDG_RUNTIME_DIR=${SYSTEM_RUNTIME} spread-cron status ${named} --state-dir ${stateBase}`,
  );
}

export function sayWhatIsLost(environment: Environment, output: Output): void {
  const set = Object.keys(environment).filter((name) => PROXIES.includes(name.toLowerCase()));
  if (set.length > 0)
    output.say(`set here, but not there: ${set.join(', ')}; set them there too where they are needed`);
}

export function sayNext(commands: readonly (readonly string[])[], output: Output): void {
  output.say('next:');
  for (const words of commands) output.say(`  ${words.join(' ')}`);
}
