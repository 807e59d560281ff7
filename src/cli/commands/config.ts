// `config show`: every key of the configuration, its value, and where that comes from.
import type { Command } from 'commander';
import type { ShownKey } from '../../definition/agent-config.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import { type Column, printTable } from '../terminal/table.ts';
import type { Tools } from '../tools.ts';

const COLUMNS: readonly Column[] = [
  { title: 'KEY', shrinks: 'no' },
  { title: 'VALUE', shrinks: 'yes' },
  { title: 'FROM', shrinks: 'yes' },
  { title: 'MEANING', shrinks: 'yes' },
];

export function addConfig(program: Command, runtime: Runtime): void {
  const config = program
    .command('config')
    .summary("the agent's configuration")
    .description("The agent's configuration.");
  config.addHelpText('after', examples(['config show']));
  config
    .command('show')
    .summary('every key, its value, and where it comes from')
    .description(
      'Every key of the configuration with its value and where that comes from: default, file and line, environment\n' +
        'variable or flag. What may be secret is never shown.',
    )
    .addHelpText('after', examples(['config show', 'config show --json', 'config show --config ./agent.yaml']))
    .action(() => runtime.withConfiguration(async ({ shown }, tools) => runConfigShow(shown, tools)));
}

export function runConfigShow(shown: readonly ShownKey[], { output }: Pick<Tools, 'output'>): ExitStatus {
  for (const { key, value, origin, about } of shown) output.object({ key, value, origin, about });
  printTable(
    output,
    COLUMNS,
    shown.map(({ key, value, origin, about }) => [
      { text: key, style: 'bold' as const },
      describeValue(value),
      { text: origin, style: origin === 'default' ? ('dim' as const) : ('cyan' as const) },
      { text: about, style: 'dim' as const },
    ]),
  );
  return 0;
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
