// The door to snapd from within the snap: `snapctl`, which only hooks and programs of a snap can use. No value of a secret
// is ever among its arguments.
import { Failure } from '../../core/failure.ts';
import type { Processes } from '../../system/process.ts';
import { CREDENTIALS, OPTIONS, type SecretName, type SnapOptions, STORED } from './options.ts';

export interface SnapDoors {
  readonly processes: Processes;
  /** Complete: snapctl finds snapd, and snapd the snap, by it. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Snapctl {
  options(signal: AbortSignal): Promise<SnapOptions>;
  /** Takes the values out of what snapd keeps. */
  forget(names: readonly SecretName[], signal: AbortSignal): Promise<void>;
  /** Of the agent: whether it is started with the machine, and whether it runs. */
  service(signal: AbortSignal): Promise<{ readonly enabled: boolean; readonly active: boolean }>;
  /** snapd does these once the hook has ended well. */
  start(signal: AbortSignal): Promise<void>;
  reload(signal: AbortSignal): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
  /** Shown by `snap info` and `snap list`; null: all is well. At most 70 characters. */
  health(blockedBy: string | null, signal: AbortSignal): Promise<void>;
}

/** Milliseconds for one call. */
const TIMEOUT = 60_000;

export function openSnapctl({ processes, environment }: SnapDoors): Snapctl {
  const agent = `${environment.SNAP_INSTANCE_NAME ?? 'spread-cron'}.agent`;

  async function call(args: readonly string[], signal: AbortSignal): Promise<string> {
    const command = { file: 'snapctl', args, env: environment, timeout: TIMEOUT };
    const { code, stdout, stderr } = await processes.run(command, signal).catch((error: unknown) => {
      if (error instanceof Failure && error.reason === 'command-failed') throw noSnapd(error);
      throw error;
    });
    const said = stderr.trim();
    if (code !== 0)
      throw new Failure('command-failed', 'snapd did not do what the hook asked', {
        command: `snapctl ${args[0]}`,
        said,
      });
    return Buffer.from(stdout).toString('utf8');
  }

  return {
    async options(signal) {
      const json = await call(['get', '-d', ...CREDENTIALS, ...OPTIONS], signal);
      const options = JSON.parse(json) as Record<string, unknown>;
      // a password of digits is a number in JSON, which has fewer digits here; alone it is given as it was written
      for (const name of CREDENTIALS)
        if (typeof options[name] === 'number') options[name] = (await call(['get', name], signal)).replace(/\n$/, '');
      return options;
    },
    async forget(names, signal) {
      if (names.length > 0) await call(['set', '-s', ...names.map((name) => `${name}=${STORED}`)], signal);
    },
    async service(signal) {
      // Service Startup Current Notes, and a line for each service
      const line = (await call(['services', agent], signal)).split('\n').find((one) => one.startsWith(`${agent} `));
      const [, startup, current] = line?.split(/ +/) ?? [];
      return { enabled: startup === 'enabled', active: current === 'active' };
    },
    start: async (signal) => void (await call(['start', '--enable', agent], signal)),
    reload: async (signal) => void (await call(['restart', '--reload', agent], signal)),
    stop: async (signal) => void (await call(['stop', '--disable', agent], signal)),
    async health(blockedBy, signal) {
      await call(['set-health', ...(blockedBy === null ? ['okay'] : ['blocked', blockedBy])], signal);
    },
  };
}

/** What whoever runs a hook by hand is told. */
export function noSnapd(cause?: unknown): Failure {
  return new Failure(
    'usage',
    'this is a hook of the snap, which only snapd can run: install the snap, then say snap set spread-cron repository=URL',
    {},
    { cause },
  );
}
