// Builds resources repositories of any size in one `git fast-import`: for the benchmark, and for tests that need many
// branches or long histories. The content is told as data first, so that a test knows what it will find.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { finished } from 'node:stream/promises';

/** One branch to build. */
export interface SyntheticResource {
  /** Name of the branch and of the resource. */
  readonly name: string;
  /** Files of the definition: name, less any directory, and text. Empty: a branch that is no resource. */
  readonly files: Readonly<Record<string, string>>;
  /** The empty commits on the branch, oldest first: subjects, or merges. */
  readonly subjects: readonly (string | SyntheticMerge)[];
}

/** A merge commit; what it merges is a side line of empty commits, newer than everything below the merge. */
export interface SyntheticMerge {
  readonly subject: string;
  readonly merged: readonly string[];
}

export interface SyntheticRepository {
  /** `branch`: the definition at the branch's root; `central`: in `branches/<name>/` of the default branch, `main`. */
  readonly layout: 'branch' | 'central';
  readonly resources: readonly SyntheticResource[];
}

/** Environment for git commands that is the same on every machine: no settings but the repository's own. */
export const PLAIN_GIT: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Synthetic',
  GIT_AUTHOR_EMAIL: 'synthetic@example.com',
  GIT_COMMITTER_NAME: 'Synthetic',
  GIT_COMMITTER_EMAIL: 'synthetic@example.com',
};

/** First author date, seconds since the epoch; every later commit is a minute younger. */
const START = 1_500_000_000;

/** Makes a bare repository in `directory` (which it creates) that accepts pushes over smart HTTP. */
export async function buildRepository(directory: string, repository: SyntheticRepository): Promise<void> {
  await mkdir(directory, { recursive: true });
  await git(directory, ['init', '--quiet', '--bare', '--initial-branch=main']);
  // Automatic repacking would fall into one round of many and is nobody's merit.
  for (const setting of ['http.receivepack=true', 'receive.autogc=false', 'gc.auto=0']) {
    await git(directory, ['config', ...setting.split('=')]);
  }
  await git(directory, ['fast-import', '--quiet', '--done'], importStream(repository));
  await git(directory, ['pack-refs', '--all']);
}

/** Runs git in a directory and gives what it wrote to stdout; throws with what it wrote to stderr. */
export async function git(directory: string, args: readonly string[], input: Iterable<string> = []): Promise<string> {
  const child = spawn('git', args, { cwd: directory, env: PLAIN_GIT, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  const written = finished(child.stdin).catch(() => undefined);
  for (const text of input) if (!child.stdin.write(text)) await Promise.race([once(child.stdin, 'drain'), closed]);
  child.stdin.end();
  await written;
  const [code] = await closed;
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/** The subject at the tip of every branch less `main`, as a test of what a round has left behind. */
export async function tipSubjects(directory: string): Promise<ReadonlyMap<string, string>> {
  const listing = await git(directory, ['for-each-ref', '--format=%(refname:lstrip=2)%09%(subject)', 'refs/heads']);
  const lines = listing.split('\n').filter((line) => line !== '' && !line.startsWith('main\t'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)]));
}

/** Number of commits that the branches of a repository hold. */
export async function countCommits(directory: string): Promise<number> {
  return Number(await git(directory, ['rev-list', '--count', '--branches']));
}

function* importStream(repository: SyntheticRepository): Generator<string> {
  // Commits are marked by number, and each is a minute younger than the one before it.
  let commits = 0;
  const commit = (ref: string, subject: string): string => {
    commits += 1;
    const identity = `Synthetic <synthetic@example.com> ${START + commits * 60} +0000`;
    return `commit refs/heads/${ref}\nmark :${commits}\nauthor ${identity}\ncommitter ${identity}\n${data(subject)}`;
  };
  const merge = (ref: string, { subject, merged }: SyntheticMerge): string => {
    const base = commits;
    const side = merged.map((text) => `${commit(ref, text)}\n`).join('');
    return `${side}${commit(ref, subject)}from :${base}\nmerge :${commits - 1}\n\n`;
  };
  yield `${commit('main', 'Start')}${file('README.md', 'Resources that are watched.\n')}\n`;
  if (repository.layout === 'central') {
    yield commit('main', 'Add definitions');
    for (const { name, files } of repository.resources) {
      for (const [path, text] of Object.entries(files)) yield file(`branches/${name}/${path}`, text);
    }
    yield '\n';
  }
  for (const { name, files, subjects } of repository.resources) {
    yield `reset refs/heads/${name}\nfrom refs/heads/main\n\n`;
    if (repository.layout === 'branch') {
      yield commit(name, `Watch ${name}`);
      for (const [path, text] of Object.entries(files)) yield file(path, text);
      yield '\n';
    }
    for (const entry of subjects) yield typeof entry === 'string' ? `${commit(name, entry)}\n` : merge(name, entry);
  }
  yield 'done\n';
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function file(path: string, text: string): string {
  return `M ${text.startsWith('#!') ? '100755' : '100644'} inline ${JSON.stringify(path)}\n${data(text)}`;
}
