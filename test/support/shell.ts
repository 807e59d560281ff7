// Real shell workers for tests, with definitions in temporary directories; all of it is gone when the test file is done.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import type { ClassicEvaluator, ClassicRequest } from '../../src/extract/classic.ts';
import type { ClassicSeen } from '../../src/extract/classic-output.ts';
import type { ShellRequest } from '../../src/extract/shell/worker.ts';
import { createShellWorkers, type ShellWorkers } from '../../src/extract/shell/workers.ts';
import { baseEnvironment, processEnvironment } from '../../src/system/environment.ts';
import { createProcesses } from '../../src/system/process/processes.ts';

export const childEnvironment = baseEnvironment(processEnvironment());

const never = new AbortController().signal;

/** Workers that are ended with the test file. */
export function testWorkers(count: number): ShellWorkers {
  const workers = createShellWorkers({ processes: createProcesses(), env: childEnvironment, count });
  afterAll(() => workers.close());
  return workers;
}

/** A directory that is removed with the test file. */
export function temporaryDirectory(): () => Promise<string> {
  const made: string[] = [];
  afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true }))));
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sc-shell-'));
    made.push(directory);
    return directory;
  };
}

/** A request to run a script in the temporary directory of the system. */
export function scriptRequest(script: string, more: Partial<ShellRequest> = {}): ShellRequest {
  return {
    work: { kind: 'script', script },
    directory: tmpdir(),
    env: childEnvironment,
    timeout: 60_000,
    maxOutput: 1_000_000,
    ...more,
  };
}

/** Evaluates the text of a classic definition in a new directory. */
export function classicIn(evaluator: ClassicEvaluator, directoryOf: () => Promise<string>) {
  return async (
    text: string | Uint8Array,
    more: Partial<ClassicRequest> = {},
    signal: AbortSignal = never,
  ): Promise<ClassicSeen> => {
    const directory = more.directory ?? (await directoryOf());
    await writeFile(join(directory, more.file ?? 'options'), text);
    return evaluator.evaluate(
      {
        file: 'options',
        directory,
        commonDirectory: directory,
        env: childEnvironment,
        timeout: 60_000,
        maxOutput: 1_000_000,
        ...more,
      },
      signal,
    );
  };
}

/** A text as one single-quoted word of a shell. */
export const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A classic definition with this extractor, as written. */
export const withExtractor = (extractor: string) => `message="m"\npattern_extractor=${quoted(extractor)}\n`;

/** The Failure that work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  if (!(outcome instanceof Failure)) throw new Error('expected a Failure', { cause: outcome });
  return outcome;
}
