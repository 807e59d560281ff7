// The files of a new resources repository: what `init` writes for people to begin with.

const README = `# What we watch

Each thing outside that we watch is a branch of this repository; its newest change commit, \`message (value)\`, holds its
value. spread-cron checks them and pushes an empty commit when one changes.

    spread-cron status            # what is watched, and the values
    spread-cron try example       # what a definition gives, without writing anything
    spread-cron start example     # begin to watch what branches/example/ defines
    spread-cron check             # one round now
    spread-cron history example   # the values so far

Definitions are in \`branches/NAME/resource.yaml\` here, or at the root of their own branch.
\`spread-cron.yaml\` holds what many of them share.

CI runs for every change: see \`.github/workflows/changes.yml\`. Results are git notes, which plain clones leave out:

    git fetch origin 'refs/notes/*:refs/notes/*'
`;

const CONFIGURATION = `# What definitions share, for every agent that polls this repository. Everything here is optional.

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

trigger: push                  # CI runs because a change commit is pushed
`;

const EXAMPLE = `# Watched once \`spread-cron start example\` made the branch "example".
message: A new ISO week
schedule: H 6 * * 1
extract:
  - clock: iso-week
`;

const WORKFLOW = `# Runs for every change commit, on the branch of what changed. Baselines and definitions carry [skip ci].
name: Changes
on:
  push:
    branches-ignore: [main]
permissions:
  contents: read
jobs:
  change:
    runs-on: ubuntu-latest
    steps:
      # The branch is what changed, the first line of the commit "message (value)". Values come from outside: they reach
      # the script through the environment only, never as part of its text.
      - name: Show the change
        env:
          RESOURCE: \${{ github.ref_name }}
          COMMIT_MESSAGE: \${{ github.event.head_commit.message }}
        run: |
          printf '%s: %s\\n' "$RESOURCE" "\${COMMIT_MESSAGE%%$'\\n'*}"
      # - uses: actions/checkout@v4
      # - run: ./run-checks
`;

/** Path -> text. */
export const SCAFFOLD_FILES: Readonly<Record<string, string>> = {
  'README.md': README,
  'spread-cron.yaml': CONFIGURATION,
  'branches/example/resource.yaml': EXAMPLE,
  '.github/workflows/changes.yml': WORKFLOW,
};
