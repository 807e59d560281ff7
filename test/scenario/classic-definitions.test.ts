// Classic definitions, unchanged: one round makes exactly the commits that the classic agent's own loop makes.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git, temporaryDirectory } from '../support/git-origin.ts';
import { openApp } from '../support/open-app.ts';
import { buildRepository, PLAIN_GIT, type SyntheticResource } from '../support/synthetic-repository.ts';

const LOOP = fileURLToPath(new URL('../support/classic-loop.sh', import.meta.url));

/** Stand-ins for what the definitions of real repositories call. */
const COMMANDS: Readonly<Record<string, string>> = {
  curl: `case "$*" in
    *revision*) echo '{"revision": 4711, "channel": "beta"}' ;;
    *headers*) printf 'HTTP/1.1 200 OK\\r\\nX-Revision: 12+g34\\r\\n' ;;
    *missing*) echo '{"revision": null}' ;;
    *down*) echo 'curl: (7) connection refused' >&2; exit 7 ;;
    *) echo "unexpected: $*" >&2; exit 1 ;;
  esac`,
  jq: `value=$(sed 's/.*"revision": *//; s/[,}].*//'); echo "$value"`,
  snap: `printf 'name: core\\nchannels:\\n  beta: 16-2.61 2024-01-02 (16202) 109MB -\\n'`,
  rmadison: `printf ' snapd | 2.61.3+23.10 | mantic-proposed | source, amd64\\n'`,
  date: `case "$*" in *%H*) echo 05 ;; *%V*) echo 07 ;; *) echo 20240215 ;; esac`,
};

const message = (text: string) => `message="${text}"\n`;

const DEFINITIONS: Readonly<
  Record<string, { readonly text: string; readonly subjects: readonly string[]; readonly file?: string }>
> = {
  revision: {
    text: `${message('New core revision')}pattern_extractor='curl -s https://store.example.com/revision | jq -r .revision'\n`,
    subjects: ['New core revision (4710)'],
  },
  same: {
    text: `${message('Same core revision')}pattern_extractor='curl -s https://store.example.com/revision | jq -r .revision'\n`,
    subjects: ['Same core revision (4711)'],
  },
  'first-time': { text: `${message('First value')}pattern_extractor='echo one'\n`, subjects: [] },
  header: {
    text: `${message('New CPI deployed')}pattern_extractor="curl -sI https://cpi.example.com/headers | grep X-Revision | awk '{print \\$2}'"\n`,
    subjects: ['New CPI deployed (11+g33)'],
  },
  trailing: {
    text: `${message('New snap for s390x arch ')}pattern_extractor='snap info core | grep beta: | sed "s/.*(\\(.*\\)).*/\\1/"'\n`,
    subjects: ['New snap for s390x arch  (16201)'],
  },
  nightly: {
    text: `${message('Nightly suite')}pattern_extractor="[ $(date +%H) -ge 2 ] && echo $(date +%Y%m%d)"\n`,
    subjects: ['Nightly suite (20240214)'],
  },
  'not-yet': {
    text: `${message('Late suite')}pattern_extractor="[ $(date +%H) -ge 23 ] && echo $(date +%Y%m%d) || echo ''"\n`,
    subjects: ['Late suite (20240214)'],
  },
  weekly: {
    text: `${message('Weekly image')}pattern_extractor='echo $(date +%V)'\n`,
    subjects: ['Weekly image (07)', 'Weekly image (06)'],
  },
  null: {
    text: `${message('Nothing')}pattern_extractor='curl -s https://x.example.com/missing | jq -r .revision'\n`,
    subjects: ['Nothing (1)'],
  },
  proposed: {
    file: 'trigger',
    text: `# the package in the proposed pocket\n${message('New (proposed) package a+b')}pattern_extractor='rmadison snapd |\n  cut -d "|" -f 2 |\n  tr -d " "'\n`,
    subjects: ['New (proposed) package a+b (2.61.2)', 'New (proposed) package (9)'],
  },
  prefix: {
    text: `${message('New core')}pattern_extractor='echo 5'\n`,
    subjects: ['New core (5)', 'New core beta (6)'],
  },
  manual: { text: `${message('By hand')}manual="true"\npattern_extractor='echo 1'\n`, subjects: [] },
  spaces: {
    text: `${message('With (all) sorts')}pattern_extractor='echo "a (b)  c+d"'\n`,
    subjects: ['With (all) sorts (a)'],
  },
  crlf: { text: `${message('From a page')}pattern_extractor='printf "7\\r\\n"'\n`, subjects: ['From a page (6)'] },
  status: { text: `${message('Value and status')}pattern_extractor='echo 9; false'\n`, subjects: [] },
  nested: {
    text: `base=https://store.example.com\nname() { echo revision; }\n${message('Helpers')}pattern_extractor="curl -s $base/$(name) | jq -r .revision"\n`,
    subjects: [],
  },
};

const home = temporaryDirectory();
const commands = join(home.path, 'bin');

beforeAll(() => {
  mkdirSync(commands);
  for (const [name, body] of Object.entries(COMMANDS)) {
    writeFileSync(join(commands, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(commands, name), 0o755);
  }
});
afterAll(() => home.remove());

/** Branch to subject, tree and number of commits. */
function picture(origin: string): Record<string, string> {
  const branches = git(origin, ['for-each-ref', '--format=%(refname:short) %(tree) %(subject)', 'refs/heads']).split(
    '\n',
  );
  return Object.fromEntries(
    branches.map((line) => {
      const [branch = '', ...rest] = line.split(' ');
      return [branch, `${rest.join(' ')} after ${git(origin, ['rev-list', '--count', branch])} commits`];
    }),
  );
}

describe.each(['branch', 'central'] as const)('classic definitions in the %s layout', (layout) => {
  it('give the commits of the classic loop in one round, and none in the next', async () => {
    const path = `${commands}:${process.env.PATH}`;
    const [ours, theirs] = [join(home.path, `${layout}-ours.git`), join(home.path, `${layout}-theirs.git`)];
    const resources = Object.entries(DEFINITIONS).map(
      ([name, { text, subjects, file }]): SyntheticResource => ({
        name,
        files: { [file ?? 'options']: text, 'run-checks': '#!/bin/sh\n', 'custom/env.sh': 'A=1\n' },
        subjects: [...subjects].reverse(),
      }),
    );
    await buildRepository(ours, { layout, resources });
    cpSync(ours, theirs, { recursive: true });
    const before = picture(ours);

    execFileSync(LOOP, [theirs, join(home.path, `${layout}-work`)], { env: { ...PLAIN_GIT, PATH: path } });
    const directory = join(home.path, `${layout}-agent`);
    const app = await openApp({ url: ours, directory, environment: { PATH: path } });
    const round = async () =>
      (
        await app.check(
          { names: [], all: 'due', write: 'write', onOutcome: () => {}, onPlan: () => {} },
          new AbortController().signal,
        )
      ).outcomes;
    try {
      const outcomes = await round();
      expect(outcomes.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(picture(ours)).toEqual(picture(theirs));
      const changed = outcomes.filter(({ pushed }) => pushed).map(({ resource }) => resource);
      expect(changed.sort()).toEqual(
        Object.keys(before)
          .filter((name) => picture(ours)[name] !== before[name])
          .sort(),
      );
      expect(changed).toContain('revision');
      expect(changed.length).toBeGreaterThan(8);

      expect((await round()).filter(({ pushed }) => pushed)).toEqual([]);
      expect(picture(ours)).toEqual(picture(theirs));
    } finally {
      await app.close();
    }
  });
});
