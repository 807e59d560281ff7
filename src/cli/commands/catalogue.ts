// `catalogue [ENTRY]`: what can be watched with `add-resource --from`, or everything about one entry.
import type { Command } from 'commander';
import type { Entry } from '../../catalogue/entry.ts';
import type { Catalogue } from '../../catalogue/open-catalogue.ts';
import type { Parameter } from '../../catalogue/parameter.ts';
import { shellWord } from '../../core/shell-word.ts';
import { formatSubject } from '../../core/subject.ts';
import { formatDefinition } from '../../definition/resource-writer.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import type { Output } from '../terminal/output.ts';
import { printableLines } from '../terminal/printable.ts';
import { type Column, printTable } from '../terminal/table.ts';
import type { Tools } from '../tools.ts';

export function addCatalogue(program: Command, runtime: Runtime): void {
  program
    .command('catalogue')
    .summary('what can be watched with add-resource --from')
    .description(
      'Lists the predefined resources that come with spread-cron; or explains one: its parameters, and what add-resource\n' +
        'makes of it. Asks nobody, and needs no repository.',
    )
    .argument('[ENTRY]', 'name of an entry')
    .addHelpText('after', examples(['catalogue', 'catalogue core-snap', 'catalogue --json']))
    .action((name: string | undefined) =>
      runtime.withConfiguration(async (_loaded, tools) => {
        const { shippedCatalogue } = await import('../../catalogue/open-catalogue.ts');
        return runCatalogue(name, shippedCatalogue(), tools);
      }),
    );
}

/** Blanks between the name of a parameter and what it means. */
const GAP = 3;

const ENTRIES: readonly Column[] = [
  { title: 'ENTRY', shrinks: 'no' },
  { title: 'WATCHES', shrinks: 'yes' },
];

export async function runCatalogue(
  name: string | undefined,
  catalogue: Catalogue,
  { output }: Pick<Tools, 'output'>,
): Promise<ExitStatus> {
  if (name !== undefined) {
    const entry = await catalogue.entry(name);
    output.object(entryObject(entry));
    await explain(entry, output);
    return 0;
  }
  const entries = await Promise.all((await catalogue.names()).map((each) => catalogue.entry(each)));
  for (const entry of entries) output.object(entryObject(entry));
  printTable(
    output,
    ENTRIES,
    entries.map((entry) => [{ text: entry.name, style: 'bold' }, entry.summary]),
  );
  if (output.watched) output.say('spread-cron catalogue ENTRY explains one');
  return 0;
}

async function explain(entry: Entry, output: Output): Promise<void> {
  output.print([{ text: entry.name, style: 'bold' }, `   ${entry.summary}`]);
  output.print('');
  for (const line of printableLines(entry.description)) output.print(line);
  const width = Math.max(0, ...[...entry.parameters.keys()].map((name) => name.length)) + GAP;
  if (entry.parameters.size > 0) output.print('');
  for (const parameter of entry.parameters.values()) {
    output.print([{ text: parameter.name.padEnd(width), style: 'bold' }, parameter.description]);
    output.print([' '.repeat(width), { text: takes(parameter), style: 'dim' }]);
  }
  const { fillEntry } = await import('../../catalogue/fill-entry.ts');
  for (const { set, value } of entry.examples.slice(0, 1)) {
    const made = fillEntry(entry, set);
    const settings = [...set].map(([name, given]) => ` --set ${shellWord(`${name}=${String(given)}`)}`);
    output.print('');
    output.print(`  spread-cron add-resource --from ${entry.name}${settings.join('')}`);
    output.print('');
    output.print([
      { text: 'makes ', style: 'dim' },
      { text: made.name, style: 'bold' },
      { text: ', whose changes read ', style: 'dim' },
      formatSubject(String(made.definition.message), value),
      { text: ':', style: 'dim' },
    ]);
    output.print('');
    for (const line of printableLines(await formatDefinition(made.definition))) output.print(`  ${line}`);
  }
}

/** What a parameter takes, and what holds where nothing is given. */
function takes({ fallback, optional, several, choices }: Parameter): string {
  const of = choices === null ? '' : ` of ${[...choices.keys()].join(', ')}`;
  const what = several ? `several${of}, with commas; ` : choices === null ? '' : `one${of}; `;
  return `${what}${fallback !== null ? `default ${String(fallback)}` : optional ? 'may be left out' : 'required'}`;
}

/** One entry in `catalogue --json`. */
export interface EntryObject {
  readonly entry: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly {
    readonly parameter: string;
    readonly description: string;
    readonly default: string | readonly string[] | null;
    readonly required: boolean;
    readonly several: boolean;
    readonly choices: readonly string[] | null;
    readonly pattern: string | null;
    readonly secret: boolean;
  }[];
  readonly name: string;
  readonly definition: object;
}

function entryObject({ name, summary, description, parameters, resourceName, definition }: Entry): EntryObject {
  return {
    entry: name,
    summary,
    description,
    parameters: [...parameters.values()].map((parameter) => ({
      parameter: parameter.name,
      description: parameter.description,
      default: parameter.fallback,
      required: parameter.fallback === null && !parameter.optional,
      several: parameter.several,
      choices: parameter.choices === null ? null : [...parameter.choices.keys()],
      pattern: parameter.pattern,
      secret: parameter.secret,
    })),
    name: resourceName,
    definition,
  };
}
