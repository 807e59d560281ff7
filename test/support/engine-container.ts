// Builds and starts our image with the container engine of this machine, where there is one.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Container, ContainerMaker } from './container.ts';
import type { ContainerOptions, Mount } from './container-command.ts';
import type { ImageConfig } from './dockerfile.ts';
import { listenTo } from './terminal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const succeeds = (words: readonly string[]) => spawnSync('docker', words, { stdio: 'ignore' }).status === 0;

/** Why the image cannot be built here; null where it can. */
export function missingToBuild(base: string): string | null {
  if (!succeeds(['info'])) return 'there is no container engine here';
  return succeeds(['image', 'inspect', base]) || succeeds(['pull', base]) ? null : `${base} cannot be had here`;
}

interface Inspected {
  readonly Env: readonly string[];
  readonly Volumes: Readonly<Record<string, object>>;
  readonly User: string;
  readonly WorkingDir: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** `build` are the words of the documentation after `docker build`; images, containers and volumes get names of their own. */
export function engineContainers(build: readonly string[]): ContainerMaker {
  const own = `spread-cron-test-${randomUUID()}`;
  const docker = (...words: string[]) => execFileSync('docker', words, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  docker('build', ...build.map((word, at) => (build[at - 1] === '--tag' ? own : word)));
  const [image] = JSON.parse(docker('image', 'inspect', own)) as [{ readonly Config: Inspected }];
  const config = configOf(image.Config);
  const names: string[] = [];
  const volumes = new Set<string>();

  const bound = ({ source, target, readOnly }: Mount) => {
    const volume = source.startsWith('/') ? null : `${own}-${source}`;
    if (volume !== null) volumes.add(volume);
    return ['--volume', `${volume ?? source}:${target}${readOnly ? ':ro' : ''}`];
  };

  async function start(options: ContainerOptions): Promise<Container> {
    const name = `${own}-${names.length}`;
    names.push(name);
    const words = [
      ...['run', '--name', name, '--network', 'host', ...(options.readOnly ? ['--read-only'] : [])],
      ...options.tmpfs.flatMap((target) => ['--tmpfs', target]),
      ...options.env.flatMap((variable) => ['--env', variable]),
      ...options.mounts.flatMap(bound),
    ];
    const child = spawn('docker', [...words, own, ...options.command], { stdio: ['ignore', 'pipe', 'pipe'] });
    const main = listenTo(child);
    return {
      main,
      exec: (inside) =>
        listenTo(spawn('docker', ['exec', name, ...inside], { stdio: ['ignore', 'pipe', 'pipe'] })).ended,
      async stop() {
        docker('stop', '--time', '60', name);
        return main.ended;
      },
    };
  }

  return {
    config,
    start,
    async remove() {
      if (names.length > 0) docker('rm', '--force', '--volumes', ...names);
      if (volumes.size > 0) docker('volume', 'rm', '--force', ...volumes);
      docker('image', 'rm', '--force', own);
    },
  };
}

function configOf({ Env, Volumes, User, WorkingDir, Entrypoint, Cmd, Healthcheck }: Inspected): ImageConfig {
  return {
    env: Object.fromEntries(Env.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])),
    volumes: Object.keys(Volumes),
    user: User,
    directory: WorkingDir,
    entrypoint: Entrypoint,
    command: Cmd,
    healthcheck: Healthcheck.Test.slice(1),
  };
}
