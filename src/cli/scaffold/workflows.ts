// The workflows of a new resources repository. Right by construction: no path filters, which an empty commit never
// matches; one job at a time for each resource; no right that is not needed; actions by their commit; and what comes from
// outside reaches a script through the environment alone.

/** Actions of others, by the commit that was looked at. */
const SETUP_NODE = 'actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0';
const CACHE = 'actions/cache@5a3ec84eff668545956fd18022155c47e93e2684 # v4.2.3';

const MACHINE = `    runs-on: ubuntu-24.04`;

const setUp = (version: string) => `      - uses: ${SETUP_NODE}
        with:
          node-version: "22"
      - name: Install spread-cron
        run: npm install --global --no-audit --no-fund spread-cron@${version}`;

/** What a step tells the program about the repository; its own token does. */
const REPOSITORY = `          SPREAD_CRON_REPOSITORY: \${{ github.server_url }}/\${{ github.repository }}
          SPREAD_CRON_CREDENTIALS_TOKEN: \${{ github.token }}
          SPREAD_CRON_FORGE_API: \${{ github.api_url }}
          SPREAD_CRON_STATE_DIR: \${{ runner.temp }}/spread-cron`;

/** Carries out a change: because its commit was pushed, or because it was dispatched with the change as input. */
export function changesWorkflow(trigger: 'push' | 'dispatch', version: string): string {
  const { head, on, name, branch, commit } = trigger === 'push' ? PUSHED : DISPATCHED;
  return `${head}
name: Changes
run-name: \${{ ${name} }}
on:
${on}
permissions:
  contents: write # results are git notes
  statuses: write
# Changes of one resource one after the other; of several that wait GitHub keeps the newest.
concurrency:
  group: spread-cron-\${{ ${branch} }}
jobs:
  run:
${MACHINE}
    timeout-minutes: 360
    steps:
${setUp(version)}
      - name: Run the suite of the change
        env:
          BRANCH: \${{ ${branch} }}
          COMMIT: \${{ ${commit} }}
${REPOSITORY}
          SPREAD_CRON_FORGE_STATUSES: "true"
          # A secret of a suite is named here, and in SPREAD_CRON_SECRETS with the resources that may have it:
          # STORE_TOKEN: \${{ secrets.STORE_TOKEN }}
          # SPREAD_CRON_SECRETS: '{"STORE_TOKEN": {"env": "STORE_TOKEN", "resources": ["core-*"]}}'
        # A change is carried out once; whoever says "Re-run jobs" wants it again.
        run: |
          change=()
          if [[ -n $COMMIT ]]; then change=(--change "$COMMIT"); fi
          if [[ -n $COMMIT && $GITHUB_RUN_ATTEMPT == 1 ]]; then change+=(--if-due); fi
          spread-cron run "$BRANCH" "\${change[@]}"
`;
}

/** Polls from CI, for those without a machine of their own. */
export function pollWorkflow(version: string, now: number): string {
  return `# Polls from GitHub Actions. GitHub begins scheduled jobs when it has room: minutes late, at busy times not at all, and in
# public repositories not any more after 60 days without activity. The summary of each job says how late it was. An agent
# on a machine of your own polls to the second, and costs no minutes.
name: Poll
on:
  schedule:
    - cron: "${minutesOff(now)} * * * *" # off the hour, where GitHub is busiest
  workflow_dispatch:
permissions:
  contents: write # changes are commits
  actions: write # what this job pushes starts nothing: it begins the other workflow itself
concurrency:
  group: spread-cron poll # no branch has such a name
jobs:
  check:
${MACHINE}
    timeout-minutes: 15
    steps:
${setUp(version)}
      # What is remembered between rounds: how often something failed, which answers a server may confirm.
      - uses: ${CACHE}
        with:
          path: \${{ runner.temp }}/spread-cron
          key: spread-cron-\${{ github.run_id }}
          restore-keys: spread-cron-
      - name: Check what is due
        env:
${REPOSITORY}
        run: spread-cron check
`;
}

interface Variant {
  readonly head: string;
  readonly on: string;
  readonly name: string;
  /** Expressions. */
  readonly branch: string;
  readonly commit: string;
}

const PUSHED: Variant = {
  head: `# Carries out every change commit, on the branch of the resource. GitHub reads this file from the pushed commit: each branch
# has a copy, spread-cron doctor tells which differ. Baselines and definitions carry [skip ci].`,
  on: `  push:
    branches-ignore: [main]
  workflow_dispatch: # by hand, on the branch of a resource: its newest change again`,
  name: 'github.ref_name',
  branch: 'github.ref_name',
  commit: "github.event_name == 'push' && github.sha || ''",
};

const DISPATCHED: Variant = {
  head: `# Carries out the change that it is told of. Whoever pushes a change commit begins it: trigger: dispatch in spread-cron.yaml.`,
  on: `  workflow_dispatch:
    inputs:
      branch:
        description: Branch of the resource
        required: true
        type: string
      commit:
        description: Change commit; empty, the newest one is run again
        required: false
        type: string`,
  name: 'inputs.branch',
  branch: 'inputs.branch',
  commit: 'inputs.commit',
};

/** Every quarter of an hour, from the second minute to the thirteenth on: not all repositories at once. */
function minutesOff(now: number): string {
  const first = 2 + (Math.floor(now / 1000) % 12);
  return [0, 15, 30, 45].map((quarter) => first + quarter).join(',');
}
