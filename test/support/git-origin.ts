// Repositories for tests, made and looked at with the git command itself.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment of git in tests: nobody's own settings. */
export const GIT_ENV: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? tmpdir(),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.com',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.com',
};

/** Runs git in a directory and gives its output without the last line end. */
export function git(directory: string, args: readonly string[], input?: string | Buffer): string {
  return execFileSync('git', args, {
    cwd: directory,
    env: GIT_ENV,
    encoding: 'utf8',
    input,
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'pipe', 'pipe'],
  }).replace(/\n$/, '');
}

/** A temporary directory of the test's own and how to remove it. */
export function temporaryDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'spread-cron-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A bare repository at `path` whose HEAD names `main`. */
export function makeOrigin(path: string): string {
  mkdirSync(path, { recursive: true });
  git(path, ['init', '--quiet', '--bare', '--initial-branch=main', '.']);
  return path;
}

export interface CommitOptions {
  readonly message?: string;
  /** Contents by path; a content that is an object makes a link or an executable file. Absent: the parent's tree. */
  readonly files?: Readonly<Record<string, string | { readonly link: string } | { readonly executable: string }>>;
  /** Parent; default the branch's tip, null for a root commit. */
  readonly parent?: string | null;
  readonly date?: string;
}

/** Adds a commit to a branch of a bare repository and gives its id. */
export function addCommit(origin: string, branch: string, options: CommitOptions = {}): string {
  const parent = options.parent === undefined ? tipOf(origin, branch) : options.parent;
  const tree = options.files === undefined ? inheritedTree(origin, parent) : makeTree(origin, options.files);
  const parents = parent === null ? [] : ['-p', parent];
  const oid = execFileSync('git', ['commit-tree', tree, ...parents], {
    cwd: origin,
    env: {
      ...GIT_ENV,
      GIT_AUTHOR_DATE: options.date ?? '2024-05-06T07:08:09Z',
      GIT_COMMITTER_DATE: '2024-05-06T07:08:09Z',
    },
    encoding: 'utf8',
    input: options.message ?? 'A commit',
  }).trim();
  git(origin, ['update-ref', `refs/heads/${branch}`, oid]);
  return oid;
}

/** Thousands of commits on one branch in one go; gives the tip. */
export function addManyCommits(
  origin: string,
  branch: string,
  count: number,
  subject: (position: number) => string,
): string {
  const lines: string[] = [];
  for (let position = 1; position <= count; position++) {
    const text = subject(position);
    lines.push(`commit refs/heads/${branch}`);
    lines.push(`committer Tester <tester@example.com> ${1_700_000_000 + position} +0000`);
    lines.push(`data ${Buffer.byteLength(text)}`, text);
  }
  git(origin, ['fast-import', '--quiet', '--force'], `${lines.join('\n')}\n`);
  return git(origin, ['rev-parse', `refs/heads/${branch}`]);
}

/** The id of a branch's tip, null where there is no such branch. */
export function tipOf(origin: string, branch: string): string | null {
  try {
    return git(origin, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]);
  } catch {
    return null;
  }
}

/** Subjects of a branch along first parents, newest first. */
export function subjectsOf(origin: string, branch: string): readonly string[] {
  return git(origin, ['log', '--first-parent', '--format=%s', `refs/heads/${branch}`]).split('\n');
}

/** Installs a hook; `script` is the text below the first line. */
export function installHook(origin: string, name: 'pre-receive' | 'update' | 'post-receive', script: string): void {
  const path = join(origin, 'hooks', name);
  mkdirSync(join(origin, 'hooks'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

function inheritedTree(origin: string, parent: string | null): string {
  return parent === null ? git(origin, ['mktree'], '') : git(origin, ['rev-parse', `${parent}^{tree}`]);
}

/** A tree from contents by path. */
function makeTree(origin: string, files: NonNullable<CommitOptions['files']>): string {
  const lines = Object.entries(files).map(([path, content]) => {
    const [mode, body] =
      typeof content === 'string'
        ? ['100644', content]
        : 'link' in content
          ? ['120000', content.link]
          : ['100755', content.executable];
    return `${mode} ${git(origin, ['hash-object', '-w', '--stdin'], body)}\t${path}`;
  });
  return treeOfLines(origin, lines);
}

/** A tree from lines as `git ls-tree -r` prints them, through an index of its own. */
export function treeOfLines(origin: string, lines: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'spread-cron-index-'));
  try {
    const env = { ...GIT_ENV, GIT_INDEX_FILE: join(directory, 'index') };
    execFileSync('git', ['update-index', '--add', '--index-info'], {
      cwd: origin,
      env,
      input: `${lines.join('\n')}\n`,
    });
    return execFileSync('git', ['write-tree'], { cwd: origin, env, encoding: 'utf8' }).trim();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
