// The five shapes of classic suites that real resources repositories hold, as files, with what each must be seen to do.
// Every suite writes what it saw into a directory outside of its workspace, which $EVIDENCE names, and ends with a status
// of its own.
import type { CommitOptions } from './git-origin.ts';

export interface ClassicShape {
  readonly name: string;
  /** What its branch, or its directory on the default branch, holds beside `options`. */
  readonly files: NonNullable<CommitOptions['files']>;
  /** What it expects at the root of the checkout, in either layout. */
  readonly atRoot: NonNullable<CommitOptions['files']>;
  /** What `spread-cron.yaml` sets for it; null: nothing. */
  readonly run: object | null;
  readonly exitCode: number;
  /** The evidence by file name; a variable of the environment is asked for as `$NAME`. */
  readonly evidence: Readonly<Record<string, string>>;
  /** The tasks that are recorded, with how they end. */
  readonly tasks: Readonly<Record<string, 'success' | 'failed'>>;
}

export const SECRET = 'the key of a service account';

/** The repository that the suites clone. */
export const TARGET_FILES: NonNullable<CommitOptions['files']> = {
  'spread.yaml': 'channel: stable\n',
  'tests/main/task.yaml': 'of the target\n',
  suite: {
    executable: `#!/bin/sh
cat spread.yaml > "$EVIDENCE/spread.yaml"
cat tests/main/task.yaml > "$EVIDENCE/task.yaml"
cat tests/extra/task.yaml > "$EVIDENCE/extra.yaml"
printenv SPREAD_CHANNEL > "$EVIDENCE/channel"
`,
  },
};

const EVIDENCE =
  'mkdir -p "$EVIDENCE"; export EVIDENCE="$EVIDENCE/$SC_RUN_ID"; mkdir "$EVIDENCE"; env > "$EVIDENCE/env"';

const customisation: ClassicShape['files'] = {
  'custom/env.sh': 'export SPREAD_CHANNEL=beta\n',
  'custom/tests/main/task.yaml': 'of the overlay\n',
  'custom/tests/extra/task.yaml': 'more\n',
  'actions.sh': { executable: '#!/bin/bash\nset -eu\nsed -i "s/stable/$SPREAD_CHANNEL/" target/spread.yaml\n' },
};

const customised = {
  'spread.yaml': 'channel: beta\n',
  'task.yaml': 'of the overlay\n',
  'extra.yaml': 'more\n',
  channel: 'beta\n',
};

/** `target` is the URL of the repository that is cloned. */
export function classicShapes(target: string): readonly ClassicShape[] {
  return [
    {
      name: 'overlaid',
      files: {
        ...customisation,
        'run-checks': {
          executable: `#!/bin/bash\nset -eu\n${EVIDENCE}\ncp target/key.json "$EVIDENCE/key"\ncd target\n./suite\nexit 7\n`,
        },
      },
      atRoot: {},
      run: {
        target: { repository: target, depth: 1 },
        files: { 'custom/key.json': { secret: 'SERVICE_ACCOUNT' } },
      },
      exitCode: 7,
      evidence: { ...customised, key: SECRET },
      tasks: { prepare: 'success', 'run-checks': 'failed' },
    },
    {
      name: 'own-clone',
      files: {
        ...customisation,
        'run-checks': {
          executable: `#!/bin/bash
set -eu
${EVIDENCE}
git clone --quiet --depth 1 ${target} target
. custom/env.sh
cp -r custom/tests target/
./actions.sh
(cd target && ./suite)
git -C target rev-parse --abbrev-ref HEAD > "$EVIDENCE/branch"
`,
        },
      },
      atRoot: {},
      run: null,
      exitCode: 0,
      evidence: { ...customised, branch: 'main\n' },
      tasks: { 'run-checks': 'success' },
    },
    {
      name: 'committed-target',
      files: {
        'target/spread.yaml': 'channel: edge\n',
        'target/tests/main/task.yaml': 'committed\n',
        'target/tests/extra/task.yaml': 'committed too\n',
        'target/suite': TARGET_FILES.suite ?? '',
        'run-checks': {
          executable: `#!/bin/sh\n${EVIDENCE}\ncd "$(dirname "$0")/target" && SPREAD_CHANNEL=edge ./suite && exit 41\n`,
        },
      },
      atRoot: {},
      run: null,
      exitCode: 41,
      evidence: {
        'spread.yaml': 'channel: edge\n',
        'task.yaml': 'committed\n',
        'extra.yaml': 'committed too\n',
        channel: 'edge\n',
      },
      tasks: { 'run-checks': 'failed' },
    },
    {
      name: 'library',
      files: {
        'data.txt': 'beside the suite\n',
        'run-checks': {
          executable: `#!/bin/bash\n${EVIDENCE}\n. "$PROJECT_PATH/lib/report.sh"\nreport "$BRANCH_PATH/data.txt"\n`,
        },
      },
      atRoot: { 'lib/report.sh': 'report() { cp "$1" "$EVIDENCE/reported"; return 3; }\n' },
      run: null,
      exitCode: 3,
      evidence: { reported: 'beside the suite\n' },
      tasks: { 'run-checks': 'failed' },
    },
    {
      name: 'secret-file',
      files: {
        'run-checks': {
          executable: `#!/bin/sh
${EVIDENCE}
stat -c %a sa.json > "$EVIDENCE/mode"
cp --no-preserve=mode sa.json "$EVIDENCE/key"
echo "the file says: $(cat sa.json)"
`,
        },
      },
      atRoot: {},
      run: { files: { 'sa.json': { secret: 'SERVICE_ACCOUNT', mode: '0400' } } },
      exitCode: 0,
      evidence: { mode: '400\n', key: SECRET },
      tasks: { 'run-checks': 'success' },
    },
  ];
}
