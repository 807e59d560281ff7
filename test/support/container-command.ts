// `docker run` with what the documentation says to it, understood as docker understands it.

export interface Mount {
  /** A path of the machine, or the name of a volume. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** `docker run` with what ours can say; a flag that is not here is an error. */
export interface ContainerOptions {
  readonly image: string;
  /** Of the command after the image; empty: the image's own. */
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly mounts: readonly Mount[];
  readonly tmpfs: readonly string[];
  readonly readOnly: boolean;
}

/** Flags of `docker run` that tell something about the container as such, or nothing that a test could see. */
const WITH_VALUE = ['--name', '--restart', '--stop-timeout'];
const ALONE = ['--detach', '--rm'];

/** `words` are those after `docker run`. */
export function containerOptions(words: readonly string[]): ContainerOptions {
  const env: string[] = [];
  const mounts: Mount[] = [];
  const tmpfs: string[] = [];
  let readOnly = false;
  const rest = [...words];
  while (rest[0]?.startsWith('-')) {
    const flag = rest.shift() ?? '';
    if (ALONE.includes(flag)) continue;
    if (flag === '--read-only') {
      readOnly = true;
      continue;
    }
    const value = rest.shift() ?? '';
    if (flag === '--env') env.push(value);
    else if (flag === '--tmpfs') tmpfs.push(value);
    else if (flag === '--volume') mounts.push(mountOf(value));
    else if (!WITH_VALUE.includes(flag)) throw new Error(`not known here: ${flag}`);
  }
  const [image = '', ...command] = rest;
  return { image, command, env, mounts, tmpfs, readOnly };
}

function mountOf(value: string): Mount {
  const [source = '', target = '', mode = 'rw'] = value.split(':');
  return { source, target, readOnly: mode === 'ro' };
}
