// Builds our image without an engine: each stage's instructions are carried out as written, by bubblewrap, over what this
// machine has in place of the base image: its /usr, its Node, its npm. Only what needs a network is stood in for: `npm ci`
// takes the packages that are installed here, and apt-get does nothing, since the programs are this machine's.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyPackages, standInNpm } from './copied-sources.ts';
import { type ImageConfig, type Instruction, imageConfig, parseDockerfile, type Stage } from './dockerfile.ts';
import { standIn } from './install-standpoint.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What the images of Node have and ours builds on. */
const DIRECTORIES = 'etc home/node proc dev root run tmp usr usr/local/bin usr/local/sbin var/lib/apt/lists'.split(' ');
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const dockerfile = parseDockerfile(readFileSync(join(ROOT, 'snap/Dockerfile'), 'utf8'));

/** The tree has the files of the image, less those of this machine. */
export function buildTree(directory: string): { readonly tree: string; readonly config: ImageConfig } {
  const programs = join(directory, 'programs');
  const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  standInNpm(programs, '/installed', npm);
  standIn(programs, 'apt-get', ':');
  const packages = join(directory, 'installed');
  copyPackages(packages);
  const trees = new Map<string, string>();
  for (const [index, stage] of dockerfile.entries()) {
    const tree = baseTree(join(directory, stage.name ?? String(index)));
    // within the tree, where they can be linked
    if (stage.instructions.some(({ text }) => text.startsWith('npm ci')))
      execFileSync('cp', ['-al', packages, join(tree, 'installed')]);
    carryOut(stage, tree, { trees, programs, npm });
    trees.set(stage.name ?? 'last', tree);
  }
  return { tree: trees.get('last') as string, config: imageConfig(dockerfile.at(-1) as Stage) };
}

/** The words for bubblewrap that make a root of a tree and this machine's programs. */
export function rootOf(tree: string, access: '--bind' | '--ro-bind'): readonly string[] {
  return [
    ...[access, tree, '/', '--ro-bind', '/usr', '/usr', access, join(tree, 'usr/local'), '/usr/local'],
    ...['--ro-bind', process.execPath, '/usr/local/bin/node', '--proc', '/proc', '--dev', '/dev'],
  ];
}

function baseTree(tree: string): string {
  for (const name of DIRECTORIES) mkdirSync(join(tree, name), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'])
    if (existsSync(`/${name}`) && lstatSync(`/${name}`).isSymbolicLink())
      symlinkSync(realpathSync(`/${name}`).slice(1), join(tree, name));
  writeFileSync(join(tree, 'usr/local/bin/node'), '', { mode: 0o755 });
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n');
  writeFileSync(join(tree, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  chmodSync(join(tree, 'tmp'), 0o1777);
  return tree;
}

interface Building {
  readonly trees: ReadonlyMap<string, string>;
  readonly programs: string;
  readonly npm: string;
}

function carryOut({ instructions }: Stage, tree: string, { trees, programs, npm }: Building): void {
  let directory = '/';
  const env: Record<string, string> = { PATH, HOME: '/root', npm_config_update_notifier: 'false' };
  // a Node that is not below /usr brings its npm along
  const more = npm.startsWith('/usr/') ? [] : ['--ro-bind', dirname(dirname(npm)), dirname(dirname(npm))];
  const root = [...rootOf(tree, '--bind'), '--ro-bind', programs, '/usr/local/sbin', ...more];
  for (const { name, flags, words, text } of instructions) {
    if (name === 'WORKDIR') {
      directory = resolve(directory, words[0] ?? '');
      mkdirSync(join(tree, directory), { recursive: true });
    } else if (name === 'COPY') copy({ flags, words }, join(tree, directory), trees);
    else if (name === 'RUN')
      execFileSync('bwrap', [...root, '--chdir', directory, 'sh', '-c', text], { env, stdio: 'pipe' });
  }
}

/** As COPY does: files into a directory, or one directory's contents. */
function copy({ flags, words }: Pick<Instruction, 'flags' | 'words'>, here: string, trees: Building['trees']): void {
  const from = flags.from === undefined ? ROOT : trees.get(flags.from);
  if (from === undefined) throw new Error(`no stage ${flags.from}`);
  const target = words.at(-1) ?? '';
  const sources = words.slice(0, -1).map((word) => join(from, word));
  const into = target.endsWith('/') ? '--target-directory' : '--no-target-directory';
  // what comes from a stage is on the same disk, and nobody writes to it any more
  const how = flags.from === undefined ? '-a' : '-al';
  const files = into === '--target-directory' ? [join(here, target), ...sources] : [...sources, join(here, target)];
  execFileSync('cp', [how, into, ...files]);
}
