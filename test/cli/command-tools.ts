// What a command is tried with: streams that remember, an output over them, a clock that stands still, an App whose
// verbs are only those that the test gives, and a person with answers.
import type { App } from '../../src/app.ts';
import { createOutput, type Output } from '../../src/cli/terminal/output.ts';
import type { ColourVariables } from '../../src/cli/terminal/style.ts';
import type { AppTools, Prompts } from '../../src/cli/tools.ts';
import type { CheckOutcome } from '../../src/core/outcome.ts';
import type { RunVerbs } from '../../src/pipeline/runs/run-verbs.ts';
import type { StatusLine } from '../../src/pipeline/show/status.ts';
import type { Clock } from '../../src/system/clock.ts';
import type { LogLevel } from '../../src/system/log.ts';

/** The time at which every test of a command happens. */
export const NOW = Date.UTC(2026, 10, 21, 18, 0, 0);

export interface Told {
  readonly output: Output;
  /** What was written to stdout and stderr so far. */
  stdout(): string;
  stderr(): string;
  /** The objects on stdout. */
  objects(): readonly unknown[];
}

export interface Telling {
  readonly format?: 'human' | 'json';
  readonly level?: LogLevel;
  /** Width of the terminal that stdout and stderr are; absent: neither is one. */
  readonly terminal?: number;
  readonly variables?: ColourVariables;
  readonly redact?: (text: string) => string;
}

/** An output over streams that remember what they were given. Without colour unless `variables` says otherwise. */
export function listen(telling: Telling = {}): Told {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY: telling.terminal !== undefined,
    columns: telling.terminal,
    write(text: string | Uint8Array) {
      written[name] += typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
      return true;
    },
  });
  const output = createOutput({
    streams: { stdout: stream('stdout'), stderr: stream('stderr') },
    format: telling.format ?? 'human',
    level: telling.level ?? 'normal',
    variables: telling.variables ?? { NO_COLOR: '1' },
    redact: telling.redact ?? ((text) => text),
  });
  return {
    output,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    objects: () =>
      written.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown),
  };
}

/** Stands at NOW; nobody who sleeps on it wakes before the signal says so. */
export const stillClock: Clock = {
  now: () => NOW,
  monotonic: () => 0,
  sleep: (_milliseconds, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
  after: () => () => {},
};

/** An App with these verbs and no other. */
export function appWith(verbs: Partial<App & RunVerbs>): App & RunVerbs {
  return { url: 'https://git.example.com/resources.git', close: async () => {}, ...verbs } as App & RunVerbs;
}

/** The tools of a command over these. */
export function toolsWith(app: Partial<App & RunVerbs>, told: Told, prompts: Prompts | null = null): AppTools {
  return {
    app: appWith(app),
    output: told.output,
    clock: stillClock,
    signal: new AbortController().signal,
    cancel: new AbortController().signal,
    user: 'ada',
    prompts,
    job: null,
  };
}

/** Somebody who gives these answers, in order, and remembers what was asked. */
export function personWho(answers: readonly (string | boolean | null)[]): Prompts & { readonly asked: string[] } {
  const asked: string[] = [];
  const left = [...answers];
  const answer = (message: string): never => {
    asked.push(message);
    if (left.length === 0) throw new Error(`there is no answer to: ${message}`);
    return left.shift() as never;
  };
  return {
    asked,
    text: async ({ message }) => answer(message),
    select: async ({ message }) => answer(message),
    confirm: async (message) => answer(message),
  };
}

/** An outcome like any other, with what the test is about. */
export function outcomeOf(different: Partial<CheckOutcome> = {}): CheckOutcome {
  return {
    resource: 'core-beta',
    branch: 'core-beta',
    outcome: 'unchanged',
    message: 'New core in beta',
    value: '1234',
    previous: '1234',
    commit: '4f2a9c1d000000000000000000000000000000aa',
    pushed: false,
    error: null,
    failing_since: null,
    duration_ms: 12,
    ...different,
  };
}

/** A line of `status`, with what the test is about. */
export function statusOf(different: Partial<StatusLine> = {}): StatusLine {
  return {
    resource: 'core-beta',
    branch: 'core-beta',
    layout: 'branch',
    definition: 'resource.yaml',
    message: 'New core in beta',
    value: '1234',
    commit: '4f2a9c1d000000000000000000000000000000aa',
    observed_at: '2026-11-21T16:00:00.000Z',
    state: 'ok',
    error: null,
    next_check: null,
    failing_since: null,
    failures: 0,
    pending: null,
    unpushed: null,
    tags: [],
    due: 0,
    waiting: 0,
    running: 0,
    last_run: null,
    ...different,
  };
}
