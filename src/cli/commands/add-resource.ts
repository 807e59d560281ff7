// `add-resource NAME`: from flags, a file, a batch or a conversation to branches with their baselines.
import { type Command, Option } from 'commander';
import type { Layout } from '../../core/resource.ts';
import { writeResourceFile } from '../../definition/resource-writer.ts';
import type { ResourceRequest } from '../../pipeline/make/prepare.ts';
import { definitionPath } from '../../pipeline/show/definition-file.ts';
import { type PushOptions, pushPrepared } from '../adding/push-prepared.ts';
import type { ResourceFlags, WantedResource } from '../adding/wanted-resources.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { repeated } from '../repeated-flag.ts';
import type { Runtime } from '../runtime.ts';
import type { AppTools } from '../tools.ts';

export interface AddOptions extends PushOptions, ResourceFlags {}

/** Flags that say what is in a definition. */
const KEYS = ['from', 'message', 'step', 'schedule', 'every', 'timezone', 'accept', 'confirm', 'tag'] as const;

export function addAddResource(program: Command, runtime: Runtime): void {
  program
    .command('add-resource')
    .summary('watch something: shows its value, then pushes a branch for it')
    .description(
      'Makes a resource: extracts its value and shows it, then pushes a branch with the definition and that value as its\n' +
        'baseline. Steps are given in order, a source first: --step KIND=ARGUMENT, with further options of the same step\n' +
        'as --step KIND.OPTION=VALUE; or an entry of the catalogue has them (spread-cron catalogue), and other flags win\n' +
        'over what it says. On a terminal, what the flags do not say is asked.',
    )
    .argument('[NAME]', 'name of the resource, and of its branch; with --from the entry has one')
    .addOption(new Option('--from <ENTRY>', 'an entry of the catalogue, instead of steps').conflicts('step'))
    .option('--set <NAME=VALUE>', 'a parameter of the entry; repeat for several', repeated)
    .option('-m, --message <TEXT>', 'what a change means; commits read "TEXT (value)"')
    .option('--step <KIND=ARGUMENT>', 'an extract step, or an option of the last one; repeat in order', repeated)
    .option('--schedule <CRON>', 'when it is checked, five fields, H allowed')
    .option('--every <DURATION>', 'how often it is checked, such as 15m')
    .option('--timezone <ZONE>', 'time zone of the schedule, such as Europe/London')
    .option('--accept <REGEX>', 'what the value must look like; anything else is a failure')
    .option('--confirm <COUNT>', 'how many checks in a row must see a new value')
    .option('--tag <TAG>', 'a tag; repeat for several', repeated)
    .addOption(
      new Option('--file <FILE>', 'a definition: resource.yaml, options or trigger').conflicts(['batch', ...KEYS]),
    )
    .addOption(
      new Option(
        '--batch <FILE>',
        'many: a YAML list or JSON lines of {name, message, extract, …} or {from, set, …}; one push',
      ).conflicts([...KEYS]),
    )
    .addOption(
      new Option('--layout <LAYOUT>', 'where the definition goes; default: what the repository mostly uses').choices([
        'branch',
        'central',
      ]),
    )
    .option('--run-first', 'let CI run for the first value too')
    .option('--force', 'add it although the extraction fails')
    .option('--dry-run', 'extract and tell, but push nothing')
    .addHelpText(
      'after',
      examples([
        "add-resource core-beta --message 'New core in beta' \\\n      --step http=https://www.example.com/core.json --step 'json=$.beta.revision'",
        'add-resource --from core-snap --set channel=beta --set arch=arm64',
        "add-resource page --message 'New page' --step http=https://www.example.com/ --step http.timeout=5s --step css=h1",
        'add-resource core-beta --file resource.yaml --layout central',
        'add-resource --batch resources.yaml --dry-run',
      ]),
    )
    .action((name: string | undefined, options: AddOptions) =>
      runtime.withApp((tools) => runAddResource(name, options, runtime.directory, tools)),
    );
}

export async function runAddResource(
  name: string | undefined,
  options: AddOptions,
  directory: string,
  tools: AppTools,
): Promise<ExitStatus> {
  const { wantedResources } = await import('../adding/wanted-resources.ts');
  const wanted = await wantedResources(name, options, directory, tools.prompts);
  if (wanted === null) {
    tools.output.say('nothing was added');
    return 1;
  }
  tools.output.say(`resources of ${tools.app.url}`);
  const layout = wanted.resources.every((one) => one.layout !== null)
    ? null
    : await tools.app.usualLayout(tools.signal);
  const requests = await Promise.all(wanted.resources.map((one) => toRequest(one, one.layout ?? layout ?? 'branch')));
  const prepared = await tools.app.prepare(requests, tools.signal);
  const { prompts } = tools;
  const confirmed =
    wanted.asked && prompts !== null ? async () => (await prompts.confirm('Push this?')) === true : undefined;
  return pushPrepared(prepared, { ...options, confirmed }, tools);
}

async function toRequest({ name, content }: WantedResource, layout: Layout): Promise<ResourceRequest> {
  if (!('written' in content)) return { name, layout, file: content };
  const text = await writeResourceFile(content.written, definitionPath(name, layout, 'resource.yaml'), content.remark);
  return { name, layout, file: { name: 'resource.yaml', content: Buffer.from(text) } };
}
