// The door through which steps run shell scripts: a resource's own directory, environment and limits around the workers.
import { isAbsolute, relative, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { ShellDoor } from '../step.ts';
import type { ShellWorkers } from './workers.ts';

/** What a script gets where the step says nothing else. */
export interface ShellDefaults {
  /** The definition's directory, absolute. Asked for when a script runs: only then is there a need for a work tree. */
  readonly directory: () => Promise<string>;
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** In milliseconds. */
  readonly timeout: number;
  /** In bytes. */
  readonly maxOutput: number;
}

/**
 * Scripts run as in `bash -e -o pipefail -c`, with stdin from /dev/null, in the definition's directory or below it (a
 * directory outside it is a Failure, `refused`).
 */
export function createShellDoor(workers: ShellWorkers, defaults: ShellDefaults): ShellDoor {
  return {
    async run(request, signal) {
      const { status, stdout, stderr } = await workers.run(
        {
          work: { kind: 'script', script: request.script },
          directory: below(await defaults.directory(), request.directory ?? '.'),
          env: { ...defaults.env, ...request.env },
          timeout: request.timeout ?? defaults.timeout,
          maxOutput: request.maxOutput ?? defaults.maxOutput,
        },
        signal,
      );
      return { stdout, stderr, code: status };
    },
  };
}

function below(root: string, directory: string): string {
  const path = resolve(root, directory);
  const way = relative(root, path);
  if (way.split('/')[0] === '..' || isAbsolute(way)) {
    throw new Failure('refused', "the directory of a script must be below the definition's", { directory });
  }
  return path;
}
