// Both sides of a process of the benchmark: everything that is measured, and every server, runs in a process of its own
// and is called over the channel that Node gives to a forked child.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

export interface Child {
  readonly pid: number;
  /** Calls a handler of the child; rejects with the error it threw, or when it ends without an answer. */
  call<T>(name: string, argument?: unknown): Promise<T>;
  /** Ends the child and waits until it has gone. */
  stop(): Promise<void>;
}

/** The directory of the bundled benchmark; the root of the project is two levels above it. */
export const BUNDLE = dirname(process.argv[1] ?? '');
export const ROOT = join(BUNDLE, '../..');

/** Starts an entry of the benchmark, such as `floor`, and waits until it serves. */
export async function startChild(
  entry: string,
  options: { readonly env?: NodeJS.ProcessEnv; readonly execArgv?: readonly string[] } = {},
): Promise<Child> {
  const child = fork(join(BUNDLE, `${entry}.js`), {
    env: options.env ?? process.env,
    execArgv: [...(options.execArgv ?? [])],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const gone = once(child, 'exit');
  let ids = 0;
  child.on('message', (message) => {
    const answer = message as Answer;
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) call?.reject(new Error(`${entry}: ${answer.error}`));
    else call?.resolve(answer.result);
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${entry} ended with ${signal ?? code}`));
    waiting.clear();
  });
  const call = <T>(name: string, argument?: unknown): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      ids += 1;
      waiting.set(ids, { resolve: resolve as (value: unknown) => void, reject });
      if (child.exitCode !== null) reject(new Error(`${entry} has ended`));
      else child.send({ id: ids, name, argument } satisfies Call, (error) => error !== null && reject(error));
    });
  await call('ready');
  return {
    pid: child.pid ?? 0,
    call,
    stop: async () => {
      if (child.connected) {
        // A child that has just ended has nothing to close.
        await call('close').catch(() => undefined);
        if (child.connected) child.disconnect();
      }
      await gone;
    },
  };
}

/** Serves calls in the child; it ends when the parent lets go of it, also by dying. `close` is called before, if it can. */
export function serve(handlers: Readonly<Record<string, (argument: never) => unknown>>): void {
  const every: typeof handlers = { ready: () => undefined, close: () => undefined, ...handlers };
  process.on('message', async (message) => {
    const { id, name, argument } = message as Call;
    const reply = (answer: Answer) => process.send?.(answer);
    try {
      const handler = every[name];
      if (handler === undefined) throw new Error(`no handler ${name}`);
      reply({ id, result: (await handler(argument as never)) ?? null });
    } catch (error) {
      reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  // What a terminal sends to everybody is the parent's to act on.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(0));
}
