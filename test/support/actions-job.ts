// A stand-in for a runner of GitHub Actions: carries out the steps of a workflow's job, or of a composite action, as they
// are written, in the environment that GitHub documents. `npm` is a stand-in too: the program under test is on the PATH.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Contexts, expand } from './actions-expressions.ts';
import { PROGRAM } from './terminal.ts';

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

export interface JobOptions {
  /** The directory of this machine; one job after the other. */
  readonly directory: string;
  readonly event: 'push' | 'workflow_dispatch' | 'schedule';
  /** What `github` and the variables `GITHUB_*` say. */
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly repository: string;
  readonly token: string;
  readonly branch: string;
  readonly commit: string;
  readonly runId: string;
  readonly attempt?: number;
  readonly inputs?: Readonly<Record<string, string>>;
  /** What is in the environment of the machine besides. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface JobEnd {
  readonly conclusion: 'success' | 'failure';
  /** What the steps printed. */
  readonly log: string;
  /** Markdown on the job's page. */
  readonly summary: string;
  /** Of the action, where it was one. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What npm was asked for. */
  readonly npm: readonly string[];
}

/** The one job of a workflow. */
export function runWorkflow(text: string, options: JobOptions): Promise<JobEnd> {
  const [job] = Object.values((parse(text) as Workflow).jobs);
  return carryOut(job?.steps ?? [], {}, {}, options);
}

/** A composite action of this project, with these inputs. */
export async function runAction(
  directory: string,
  given: Readonly<Record<string, string>>,
  options: JobOptions,
): Promise<JobEnd> {
  const action = parse(readFileSync(join(directory, 'action.yml'), 'utf8')) as Action;
  const github = { ...githubOf(options), action_path: directory };
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [
      name,
      given[name] ?? expand(input.default ?? '', { github }),
    ]),
  );
  return carryOut(action.runs.steps, { inputs, github }, action.outputs, options);
}

async function carryOut(
  steps: readonly Step[],
  more: Contexts,
  outputsOf: Action['outputs'],
  options: JobOptions,
): Promise<JobEnd> {
  const place = join(options.directory, `job-${options.runId}-${options.attempt ?? 1}`);
  const temp = join(place, 'temp');
  mkdirSync(temp, { recursive: true });
  const bin = makeTools(place);
  const summary = join(place, 'summary.md');
  const done: Record<string, { readonly outputs: Readonly<Record<string, string>> }> = {};
  const contexts: Contexts = {
    github: githubOf(options),
    inputs: options.inputs ?? {},
    runner: { temp, os: 'Linux' },
    ...more,
    steps: done,
  };
  let log = '';
  let conclusion: JobEnd['conclusion'] = 'success';
  for (const [index, step] of steps.entries()) {
    // setting Node up and the cache are GitHub's own; this machine has Node, and its directory stays
    if (step.uses !== undefined || conclusion === 'failure') continue;
    const outputs = join(place, `outputs-${index}`);
    const env = {
      ...variablesOf(options, { temp, summary, outputs }),
      ...options.env,
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      ...mapValues(step.env ?? {}, (text) => expand(text, contexts)),
    };
    const { status, output } = await runScript(expand(step.run ?? '', contexts), place, env);
    log += output;
    if (status !== 0) conclusion = 'failure';
    if (step.id !== undefined) done[step.id] = { outputs: readOutputs(outputs) };
  }
  return {
    conclusion,
    log,
    summary: contentsOf(summary),
    outputs: mapValues(
      mapValues(outputsOf, ({ value }) => value),
      (text) => expand(text, contexts),
    ),
    npm: contentsOf(join(place, 'npm.log'))
      .split('\n')
      .filter((line) => line !== ''),
  };
}

/** As GitHub runs `shell: bash`. */
async function runScript(script: string, directory: string, env: Readonly<Record<string, string>>) {
  const file = join(directory, 'script.sh');
  writeFileSync(file, script);
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

function githubOf(options: JobOptions): Contexts {
  return {
    server_url: options.serverUrl,
    api_url: options.apiUrl,
    repository: options.repository,
    token: options.token,
    event_name: options.event,
    ref_name: options.branch,
    sha: options.commit,
    run_id: options.runId,
  };
}

function variablesOf(
  options: JobOptions,
  paths: { readonly temp: string; readonly summary: string; readonly outputs: string },
): Readonly<Record<string, string>> {
  return {
    HOME: options.directory,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: options.serverUrl,
    GITHUB_REPOSITORY: options.repository,
    GITHUB_RUN_ID: options.runId,
    GITHUB_RUN_ATTEMPT: String(options.attempt ?? 1),
    GITHUB_EVENT_NAME: options.event,
    GITHUB_REF_NAME: options.branch,
    GITHUB_SHA: options.commit,
    GITHUB_STEP_SUMMARY: paths.summary,
    GITHUB_OUTPUT: paths.outputs,
    RUNNER_TEMP: paths.temp,
  };
}

/** The program under test, and an npm that writes down what it was asked for. */
function makeTools(place: string): string {
  const bin = join(place, 'bin');
  mkdirSync(bin, { recursive: true });
  const tools = {
    'spread-cron': `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`,
    npm: `#!/bin/sh\necho "$*" >> "${join(place, 'npm.log')}"\n`,
  };
  for (const [name, text] of Object.entries(tools)) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

function readOutputs(path: string): Readonly<Record<string, string>> {
  const lines = contentsOf(path)
    .split('\n')
    .filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function contentsOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
