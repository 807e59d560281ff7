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

const readme = (hosting: Hosting) => `# What we watch

Each thing outside that we watch is a branch of this repository; its newest change commit, \`message (value)\`, holds its
value. spread-cron checks them and pushes an empty commit when one changes.

    spread-cron catalogue         # what is ready-made to watch
    spread-cron status            # what is watched, and the values
    spread-cron try example       # what a definition gives, without writing anything
    spread-cron start example     # begin to watch what branches/example/ defines
    spread-cron check             # one round now
    spread-cron history example   # the values so far

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

const EXAMPLE = `# Watched once \`spread-cron start example\` made the branch "example".
message: A new ISO week
schedule: H 6 * * 1
extract:
  - clock: iso-week
`;

/** How CI comes to carry out changes: an agent elsewhere pushes them; or CI polls, too; or not at all. */
export type Hosting = 'push' | 'poll' | 'none';

/** Path -> text. */
export function scaffoldFiles(
  hosting: Hosting,
  { version, now }: { readonly version: string; readonly now: number },
): Readonly<Record<string, string>> {
  const files = {
    'README.md': readme(hosting),
    'spread-cron.yaml': configuration(hosting),
    'branches/example/resource.yaml': EXAMPLE,
  };
  if (hosting === 'none') return files;
  const trigger = hosting === 'poll' ? 'dispatch' : 'push';
  return {
    ...files,
    '.github/workflows/changes.yml': changesWorkflow(trigger, version),
    ...(hosting === 'poll' ? { '.github/workflows/poll.yml': pollWorkflow(version, now) } : {}),
  };
}
