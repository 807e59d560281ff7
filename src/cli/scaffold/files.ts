// The files of a new resources repository: what `init` writes for people to begin with.
import { changesWorkflow, pollWorkflow } from './workflows.ts';

const CI: Readonly<Record<Hosting, string>> = {
  push: 'CI runs for every change: see `.github/workflows/changes.yml`. ',
  poll: 'CI polls and runs for every change: see `.github/workflows/`. ',
  none: '',
};

const TRIGGER: Readonly<Record<Hosting, string>> = {
  push: 'trigger: push                  # CI runs because a change commit is pushed',
  poll: 'trigger: dispatch              # the workflow changes.yml is told of each change',
  none: 'trigger: push                  # nothing but the pushed commit says that something changed',
};

/** Commands with what they are for, one below the other. */
function commented(commands: readonly (readonly [command: string, about: string])[]): string {
  const width = Math.max(...commands.map(([command]) => command.length)) + 3;
  return commands.map(([command, about]) => `    spread-cron ${command.padEnd(width)}# ${about}`).join('\n');
}

const readme = (hosting: Hosting, name: string) => `# What we watch

Each thing outside that we watch is a branch of this repository; its newest change commit, \`message (value)\`, holds its
value. spread-cron checks them and pushes an empty commit when one changes.

${commented([
  ['catalogue', 'what is ready-made to watch'],
  ['status', 'what is watched, and the values'],
  [`try ${name}`, 'what a definition gives, without writing anything'],
  [`start ${name}`, `begin to watch what branches/${name}/ defines`],
  ['check', 'one round now'],
  [`history ${name}`, 'the values so far'],
])}

Definitions are in \`branches/NAME/resource.yaml\` here, or at the root of their own branch.
\`spread-cron.yaml\` holds what many of them share.

${CI[hosting]}Results are git notes, which plain clones leave out:

    git fetch origin 'refs/notes/*:refs/notes/*'
`;

const configuration = (
  hosting: Hosting,
) => `# What definitions share, for every agent that polls this repository. Everything here is optional.

# defaults:                    # for all definitions; a definition's own keys win
#   timezone: Europe/London
#   confirm: 2                 # a new value counts when seen twice in a row

# match:                       # for some of them, by name or tag; later entries win
#   - name: core-*
#     set: { every: 15m }

# for_each:                    # one definition for a list of things
#   - list: [20, 22, 24]
#     name: node-\${item}
#     definition:
#       message: New release of Node \${item}
#       extract:
#         - http: https://www.example.com/node/\${item}.json
#         - json: $.version

# branch_prefix: watch/        # where other branches live here too

${TRIGGER[hosting]}
`;

/** How CI comes to carry out changes: an agent elsewhere pushes them; or CI polls, too; or not at all. */
export type Hosting = 'push' | 'poll' | 'none';

/** The first definition of a repository. */
export interface FirstDefinition {
  readonly name: string;
  readonly text: string;
}

export const EXAMPLE: FirstDefinition = {
  name: 'example',
  text: `# Watched once \`spread-cron start example\` made the branch "example".
message: A new ISO week
schedule: H 6 * * 1
extract:
  - clock: iso-week
`,
};

/** Path -> text. */
export function scaffoldFiles(hosting: Hosting, first: FirstDefinition): Readonly<Record<string, string>> {
  return {
    'README.md': readme(hosting, first.name),
    'spread-cron.yaml': configuration(hosting),
    [`branches/${first.name}/resource.yaml`]: first.text,
  };
}

/** Path -> text of the workflows. */
export function scaffoldWorkflows(
  hosting: Hosting,
  { version, now }: { readonly version: string; readonly now: number },
): Readonly<Record<string, string>> {
  switch (hosting) {
    case 'none':
      return {};
    case 'push':
      return { '.github/workflows/changes.yml': changesWorkflow('push', version) };
    case 'poll':
      return {
        '.github/workflows/changes.yml': changesWorkflow('dispatch', version),
        '.github/workflows/poll.yml': pollWorkflow(version, now),
      };
    default:
      return hosting satisfies never;
  }
}
