// A resources repository with suites, apps over it, and agents whose every word a test hears: for tests of whole runs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentHooks, AgentLife } from '../../src/agent/serve.ts';
import type { App } from '../../src/app.ts';
import type { CheckOutcome } from '../../src/core/outcome.ts';
import { formatResult, type Result, unrunResult } from '../../src/core/result.ts';
import { parseNote } from '../../src/core/result-note.ts';
import { isFinished, type RunRecord } from '../../src/core/run.ts';
import type { RunRequest } from '../../src/pipeline/runs/run-verbs.ts';
import { addCommit, type CommitOptions, git, makeOrigin, temporaryDirectory, tipOf } from './git-origin.ts';
import { type OpenAppOptions, openApp } from './open-app.ts';

const NEVER = new AbortController().signal;

export interface HeardAgent {
  /** All that was told of runs, in order. */
  readonly told: readonly RunRecord[];
  readonly outcomes: readonly CheckOutcome[];
  readonly stopping: readonly { readonly running: number; readonly waiting: number }[];
  /** Resolves to the first run that was, or is, told like this. */
  until(matches: (run: RunRecord) => boolean): Promise<RunRecord>;
  /** Resolves when so many rounds have ended, with what they start. */
  rests(count: number): Promise<void>;
  /** The first signal: nothing new starts. */
  stop(): void;
  /** The second: what runs is cancelled. */
  cancel(): void;
  readonly ended: Promise<void>;
}

export interface RunWorld {
  readonly path: string;
  readonly origin: string;
  /** What the apps narrated. */
  readonly said: readonly string[];
  /** Resolves once that was narrated. */
  says(text: string): Promise<void>;
  /** A resource that reads its value from a file of its name, with a `run` part written in YAML. */
  addResource(name: string, run: string, files?: CommitOptions['files']): void;
  setValue(name: string, value: string): void;
  /** A change commit on the branch; its oid. */
  addChange(name: string, value: string, options?: CommitOptions): string;
  /** Writes that the runner was enabled before: what comes next is run and not adopted. */
  enable(): void;
  notes(commit: string): readonly Result[];
  /** The newest commit of a branch. */
  tip(name: string): string;
  claims(): string;
  /** A file that tasks wrote in the world's directory, line by line; none where it is not there. */
  lines(name: string): readonly string[];
  open(name?: string, options?: Partial<OpenAppOptions>): Promise<App>;
  startAgent(app: App, rounds?: AgentLife['rounds']): HeardAgent;
  /** Runs and gives the finished record. */
  run(app: App, target: string, different?: Partial<RunRequest>): Promise<RunRecord>;
  close(): Promise<void>;
}

export function requestOf(target: string, different: Partial<RunRequest> = {}): RunRequest {
  const plain = {
    commit: null,
    variables: {},
    partition: '',
    user: 'ada',
    note: null,
    workspace: 'as-defined',
    when: 'asked',
  } as const;
  return { target, ...plain, ...different };
}

export async function makeRunWorld(): Promise<RunWorld> {
  const home = temporaryDirectory();
  const origin = makeOrigin(join(home.path, 'origin.git'));
  const said: string[] = [];
  let listening: (() => void)[] = [];
  const log = (line: string) => {
    said.push(line);
    for (const tell of listening) tell();
    listening = [];
  };
  const opened: App[] = [];
  const agents: HeardAgent[] = [];
  addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
  let minutes = 0;

  return {
    path: home.path,
    origin,
    said,
    async says(text) {
      while (!said.some((line) => line.includes(text))) await new Promise<void>((resolve) => listening.push(resolve));
    },
    addResource(name, run, files = {}) {
      const indented = run.replaceAll(/^/gm, '  ');
      const definition = `message: New ${name}\nextract:\n  - file: ${join(home.path, name)}\nrun:\n${indented}\n`;
      addCommit(origin, name, { parent: tipOf(origin, 'main'), files: { ...files, 'resource.yaml': definition } });
    },
    setValue: (name, value) => writeFileSync(join(home.path, name), value),
    addChange(name, value, options = {}) {
      minutes += 1;
      const date = new Date(Date.UTC(2025, 0, 1, 0, minutes)).toISOString();
      return addCommit(origin, name, { message: `New ${name} (${value})`, date, ...options });
    },
    enable() {
      const line = formatResult(unrunResult('adopted', { agent: 'earlier', at: 0, change: null }));
      git(origin, ['notes', '--ref=spread-cron', 'add', '-F', '-', 'main'], `${line}\n`);
    },
    notes(commit) {
      try {
        return parseNote(git(origin, ['notes', '--ref=spread-cron', 'show', commit]));
      } catch {
        // git has it that a commit without a note is an error
        return [];
      }
    },
    tip: (name) => tipOf(origin, name) ?? '',
    claims: () => git(origin, ['for-each-ref', '--format=%(refname)', 'refs/spread-cron']),
    lines(name) {
      const path = join(home.path, name);
      return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
    },
    async open(name = 'a', options = {}) {
      const { settings = {}, ...others } = options;
      const app = await openApp({
        url: origin,
        directory: join(home.path, name),
        log,
        settings: {
          'files.directories': [home.path],
          interval: '1h',
          runner: 'local',
          'runs.grace': '2s',
          ...settings,
        },
        ...others,
      });
      opened.push(app);
      return app;
    },
    startAgent(app, rounds = 'for ever') {
      const agent = heardAgent(app, rounds);
      agents.push(agent);
      return agent;
    },
    run: (app, target, different = {}) => app.run(requestOf(target, different), () => {}, NEVER),
    async close() {
      for (const agent of agents) {
        agent.stop();
        agent.cancel();
      }
      // what an agent ended with is the test's to look at
      await Promise.allSettled(agents.map(({ ended }) => ended));
      for (const app of opened) await app.close();
      home.remove();
    },
  };
}

function heardAgent(app: App, rounds: AgentLife['rounds']): HeardAgent {
  const [stop, cancel] = [new AbortController(), new AbortController()];
  const told: RunRecord[] = [];
  const outcomes: CheckOutcome[] = [];
  const stopping: { running: number; waiting: number }[] = [];
  let rested = 0;
  let waiting: (() => void)[] = [];
  const news = () => {
    for (const tell of waiting) tell();
    waiting = [];
  };
  const hooks: AgentHooks = {
    onOutcome: (outcome) => void outcomes.push(outcome),
    onNews: () => {},
    onRound: () => {},
    onRun(run) {
      told.push(run);
      news();
    },
    onStopping(left) {
      stopping.push(left);
      news();
    },
    onRest() {
      rested += 1;
      news();
    },
  };
  const ended = app.agent(hooks, { rounds, stop: stop.signal, cancel: cancel.signal });
  let over = false;
  const end = () => {
    over = true;
    news();
  };
  ended.then(end, end);
  const heard = () => new Promise<void>((resolve) => waiting.push(resolve));
  return {
    told,
    outcomes,
    stopping,
    ended,
    async until(matches) {
      for (;;) {
        const found = told.find(matches);
        if (found !== undefined) return found;
        if (over) throw new Error('the agent ended before');
        await heard();
      }
    },
    async rests(count) {
      while (rested < count) {
        if (over) throw new Error('the agent ended before');
        await heard();
      }
    },
    stop: () => stop.abort(),
    cancel: () => cancel.abort(),
  };
}

/** For `until`: a run of the resource that ended. */
export function finished(resource: string): (run: RunRecord) => boolean {
  return (run) => run.resource === resource && isFinished(run.status);
}
