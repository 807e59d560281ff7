// The page on customising is carried out: its target is cloned, its branch laid over it, and what it says comes out.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRepositoryConfig } from '../../src/definition/repository-config.ts';
import { parseResourceFile } from '../../src/definition/resource-file.ts';
import { stepTypes } from '../../src/extract/registry.ts';
import { createGitCommand } from '../../src/git/git-command.ts';
import { taskArguments } from '../../src/run/local/task-script.ts';
import { filesBeside } from '../../src/run/plan/files-beside.ts';
import { planRun } from '../../src/run/plan/plan.ts';
import { prepareRun } from '../../src/run/prepare/prepare.ts';
import { createProcesses } from '../../src/system/process/processes.ts';
import { addCommit, GIT_ENV, git, makeOrigin } from '../support/git-origin.ts';
import { codeBlocks } from '../support/markdown.ts';
import { makeTargetWorld, type TargetWorld } from '../support/target-world.ts';

const PAGE = fileURLToPath(new URL('../../custom/README.md', import.meta.url));
const blocks = codeBlocks(await readFile(PAGE, 'utf8'));
const textOf = (kind: string) => blocks.find(({ info }) => info.has(kind))?.text ?? `the page has no block ${kind}`;
const NEVER = new AbortController().signal;
const SHOWN_ADDRESS = 'https://git.example.com/suite.git';

let world: TargetWorld;
let definition: string;
let origin: string;

beforeEach(async () => {
  world = await makeTargetWorld();
  definition = join(world.path, 'branch');
  origin = makeOrigin(join(world.path, 'suite.git'));
  addCommit(origin, 'main', { files: targetFiles() });
  for (const { info, text, language } of blocks) {
    const path = info.get('file') ?? (info.has('resource.yaml') ? 'resource.yaml' : undefined);
    if (path === undefined) continue;
    const file = join(definition, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, language === 'sh' ? 0o755 : 0o644);
  }
});
afterEach(() => world.close());

function targetFiles(): Record<string, string | { readonly executable: string }> {
  return Object.fromEntries(
    blocks.flatMap(({ info, text, language }) => {
      const path = info.get('target');
      return path === undefined ? [] : [[path, language === 'sh' ? { executable: text } : text]];
    }),
  );
}

/** Does what the page's definition says; what each part printed. */
async function run(previousOverlaid: Readonly<Record<string, string | null>> = {}) {
  const parsed = await parseResourceFile({
    file: 'resource.yaml',
    bytes: await readFile(join(definition, 'resource.yaml')),
    vocabulary: {
      steps: stepTypes,
      checkSchedule: async () => null,
      checkTimezone: () => null,
      checkPattern: () => null,
    },
    name: 'core22',
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const plan = planRun({
    resource: 'core22',
    definition: parsed.value.run,
    kind: 'steps',
    branch: null,
    change: null,
    attempt: 1,
    reason: 'request',
    files: { kind: 'directory', directory: definition },
    beside: await filesBeside(definition, parsed.value.run),
    variables: {},
    defaults: { timeout: 60_000, grace: 1000, sandbox: 'none' },
  });
  const target = join(definition, 'target');
  let printed = '';
  const bash = async (script: readonly string[], cwd: string) => {
    const source = plan.source === null ? null : join(definition, plan.source);
    const { code, stdout } = await createProcesses().run(
      { file: 'bash', args: taskArguments(script, source) ?? [], cwd, env: { PATH: process.env.PATH ?? '' } },
      NEVER,
    );
    printed += new TextDecoder().decode(stdout);
    return { kind: 'exited', code } as const;
  };
  const prepare = plan.prepare.map((step) =>
    step.kind === 'clone' ? { ...step, target: { ...step.target, repository: origin } } : step,
  );
  const prepared = await prepareRun(
    { ...plan, prepare },
    { definition, target },
    {
      targets: world.cache(),
      git: createGitCommand(createProcesses(), GIT_ENV),
      output: (_stream, chunk) => {
        printed += new TextDecoder().decode(chunk);
      },
      previousOverlaid,
      runScript: async (script, directory) => bash([script], directory),
    },
    NEVER,
  );
  const log = printed.replaceAll(origin, SHOWN_ADDRESS);
  printed = '';
  for (const { script } of plan.tasks) expect(await bash(script, target)).toEqual({ kind: 'exited', code: 0 });
  return { prepared, log: withoutProgress(log), suite: printed };
}

/** How fast a clone was is no matter of the page. */
const withoutProgress = (log: string) => log.replace(/^ {2}Receiving objects.*\n/gm, '');

describe('the page on customising', () => {
  it('shows the log and the output that its files give', async () => {
    const { log, suite } = await run();
    expect(log).toBe(textOf('prepare'));
    expect(suite).toBe(textOf('suite'));
  });

  it('shows how drift is told', async () => {
    const { prepared } = await run();
    rmSync(join(definition, 'target'), { recursive: true });
    addCommit(origin, 'main', { files: { ...targetFiles(), 'tests/boot': { executable: '#!/bin/sh\nexit 0\n' } } });
    const { log } = await run(prepared.overlaid);
    const anyVersion = (text: string) => text.replace(/\b[0-9a-f]{12}\b/g, 'VERSION');
    expect(anyVersion(log)).toContain(`  ${anyVersion(textOf('drift'))}`);
    git(join(definition, 'target'), ['diff', ...(log.match(/[0-9a-f]{12}(?= |$)/gm) ?? []).slice(-2)]);
  });

  it('shows settings that are right', async () => {
    const config = await parseRepositoryConfig(new TextEncoder().encode(textOf('spread-cron.yaml')));
    expect(config.problems).toEqual([]);
  });
});
