// Starts what carried-out-image.ts built as an engine would: in namespaces of its own for processes, mounts and the like,
// the entry point as process 1, as the image's user. The network is this machine's.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { buildTree, PATH, rootOf } from './carried-out-image.ts';
import type { Container, ContainerMaker } from './container.ts';
import type { ContainerOptions, Mount } from './container-command.ts';
import { temporaryDirectory } from './git-origin.ts';
import { listenTo } from './terminal.ts';

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const TOOLS = ['bwrap', 'nsenter', 'setpriv', 'tini', 'jq', 'curl', 'ssh'];
/** What is missing for it; empty where nothing is. */
export const missingToCarryOut = [
  ...(process.getuid?.() === 0 ? [] : ['root']),
  ...TOOLS.filter((program) => !has(program)),
];

/** Something of the same kind to mount on, as an engine makes it. */
function makeMountPoint(source: string, place: string): void {
  const isDirectory = statSync(source).isDirectory();
  mkdirSync(isDirectory ? place : dirname(place), { recursive: true });
  if (!isDirectory) writeFileSync(place, '', { flag: 'a' });
}

export function carriedOutContainers(): ContainerMaker {
  const { path: directory, remove } = temporaryDirectory();
  const { tree, config } = buildTree(directory);
  const [uid = '', gid = uid] = config.user.split(':');
  const asUser = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs', '--'];
  const running = new Set<Container>();
  let started = 0;

  /** A volume that is new has what the image has there. */
  function bound({ source, target, readOnly }: Mount): readonly string[] {
    let path = source;
    if (!source.startsWith('/')) {
      path = join(directory, 'volumes', source);
      mkdirSync(join(directory, 'volumes'), { recursive: true });
      if (!existsSync(path)) execFileSync('cp', ['-a', join(tree, target), path]);
    }
    makeMountPoint(path, join(tree, target));
    return [readOnly ? '--ro-bind' : '--bind', path, target];
  }

  async function start(options: ContainerOptions): Promise<Container> {
    started += 1;
    const anonymous = config.volumes
      .filter((volume) => options.mounts.every(({ target }) => target !== volume))
      .map((target, at) => ({ source: `anonymous-${started}-${at}`, target, readOnly: false }));
    const env = Object.fromEntries(
      [
        `PATH=${PATH}`,
        'HOME=/home/node',
        ...Object.entries(config.env).map((pair) => pair.join('=')),
        ...options.env,
      ].map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
    );
    const child = spawn(
      'bwrap',
      [
        ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--as-pid-1', '--die-with-parent', '--info-fd', '3'],
        ...rootOf(tree, options.readOnly ? '--ro-bind' : '--bind'),
        ...options.tmpfs.flatMap((target) => ['--perms', '1777', '--tmpfs', target]),
        ...[...options.mounts, ...anonymous].flatMap(bound),
        ...(options.readOnly ? ['--remount-ro', '/'] : []),
        ...['--chdir', config.directory, ...asUser],
        ...[...config.entrypoint, ...(options.command.length > 0 ? options.command : config.command)],
      ],
      { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
    );
    const main = listenTo(child);
    // bubblewrap tells the process in pieces, then closes
    const told = JSON.parse(await text(child.stdio[3] as Readable)) as { readonly 'child-pid': number };
    const first = told['child-pid'];
    const container: Container = {
      main,
      async exec(words) {
        const spaces = ['--target', String(first), '--mount', '--pid', '--ipc', '--uts', '--'];
        const inside = [...spaces, ...asUser, 'env', `--chdir=${config.directory}`, ...words];
        return listenTo(spawn('nsenter', inside, { env, stdio: ['ignore', 'pipe', 'pipe'] })).ended;
      },
      async stop() {
        if (child.exitCode === null) process.kill(first, 'SIGTERM');
        running.delete(container);
        return main.ended;
      },
    };
    running.add(container);
    return container;
  }

  return {
    config,
    start,
    async remove() {
      for (const container of running) await container.stop();
      remove();
    },
  };
}
