// README.md against the program: its transcripts are replayed by the built command, its tables name exactly the
// commands, flags and fields that there are.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntryObject } from '../src/cli/commands/catalogue.ts';
import type { RunObject } from '../src/cli/runs/run-object.ts';
import type { CheckOutcome } from '../src/core/outcome.ts';
import type { StatusLine } from '../src/pipeline/show/status.ts';
import { codeBlocks, tableRows } from './support/markdown.ts';
import { replay, startVisitor, type Visitor } from './support/transcript.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = `${ROOT}/dist/main.js`;
const run = promisify(execFile);
const readme = await readFile(`${ROOT}/README.md`, 'utf8');

/** What the built command says of itself. */
async function helpOf(words: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [PROGRAM, ...words, '--help'], { env: { HOME: '/nonexistent' } });
  return stdout;
}

/** The first words of the indented lines below a title of a help text. */
function listed(help: string, title: string): readonly string[] {
  const section = help.split(`\n${title}:\n`)[1]?.split('\n\n')[0] ?? '';
  return section.split('\n').flatMap((line) => /^ {2}(\S.*?)(?: {2,}|$)/.exec(line)?.[1] ?? []);
}

/** Long names of the flags in a text, less help. */
const flagsIn = (text: string) =>
  [...text.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag).filter((flag) => flag !== '--help');

describe('the command line in README.md', async () => {
  const help = await helpOf([]);
  const commands = listed(help, 'Commands').filter((usage) => !usage.startsWith('help '));
  const rows = tableRows(readme, 'Commands').map(([usage = '', flags = '']) => ({
    usage: usage.replaceAll('`', ''),
    flags: flagsIn(flags),
  }));
  const nameOf = (usage: string) => usage.split(/[ |,]/)[0] ?? '';

  it('lists exactly the commands that there are', () => {
    expect(commands.length).toBeGreaterThan(10);
    expect(rows.map(({ usage }) => nameOf(usage))).toEqual(commands.map(nameOf));
  });

  it.each(commands.map((usage) => ({ name: nameOf(usage) })))('lists exactly the flags of $name', async ({ name }) => {
    const own = await helpOf([name]);
    const row = rows.find(({ usage }) => nameOf(usage) === name);
    const flags = listed(own, 'Options').flatMap(flagsIn);
    expect([...(row?.flags ?? [])].sort()).toEqual([...flags].sort());
  });

  it('names every flag that all commands take', () => {
    for (const flag of listed(help, 'Options')
      .flatMap(flagsIn)
      .filter((flag) => flag !== '--version'))
      expect(readme).toContain(`\`${flag}`);
  });
});

it('README.md and test/README.md name what .ci/run installs for the tests', async () => {
  const needs = /^needs=\((.*)\)$/m.exec(await readFile(`${ROOT}/.ci/run`, 'utf8'))?.[1]?.split(' ') ?? [];
  const packages = needs.map((need) => need.split('=')[1] ?? '');
  const testReadme = await readFile(`${ROOT}/test/README.md`, 'utf8');
  expect(packages.length).toBeGreaterThan(0);
  for (const page of [readme, testReadme]) for (const name of packages) expect(page).toContain(`\`${name}\``);
});

describe('the objects of --json in README.md', () => {
  // the compiler sees to it that these are the fields that there are
  const check: Record<keyof CheckOutcome, 0> = {
    resource: 0,
    branch: 0,
    outcome: 0,
    message: 0,
    value: 0,
    previous: 0,
    commit: 0,
    pushed: 0,
    error: 0,
    failing_since: 0,
    duration_ms: 0,
    pending: 0,
    why: 0,
    rebaselined: 0,
    transition: 0,
    failures: 0,
  };
  const status: Record<keyof StatusLine, 0> = {
    resource: 0,
    branch: 0,
    layout: 0,
    definition: 0,
    message: 0,
    value: 0,
    commit: 0,
    observed_at: 0,
    state: 0,
    error: 0,
    next_check: 0,
    failing_since: 0,
    failures: 0,
    pending: 0,
    unpushed: 0,
    tags: 0,
    due: 0,
    waiting: 0,
    running: 0,
    last_run: 0,
  };

  const run: Record<keyof RunObject, 0> = {
    run: 0,
    resource: 0,
    status: 0,
    value: 0,
    commit: 0,
    attempt: 0,
    reason: 0,
    user: 0,
    note: 0,
    created_at: 0,
    started_at: 0,
    finished_at: 0,
    duration_ms: 0,
    exit_code: 0,
    error: 0,
    superseded_by: 0,
    branch: 0,
    message: 0,
    previous: 0,
    variables: 0,
    partition: 0,
    definition: 0,
    overlaid: 0,
    agent: 0,
    workspace: 0,
    tasks: 0,
  };

  const entry: Record<keyof EntryObject, 0> = {
    entry: 0,
    summary: 0,
    description: 0,
    parameters: 0,
    name: 0,
    definition: 0,
  };

  it.each([
    ['Of `catalogue`, for each entry', entry],
    ['Of `run`, `retry`, `runs`, `show`, `cancel` and `agent`, for each run', run],
    ['Of `check` and `agent`, for each resource', check],
    ['Of `status`, for each resource', status],
  ])('%s: exactly the fields that there are', (heading, fields) => {
    expect(tableRows(readme, heading).map(([name]) => name?.replaceAll('`', ''))).toEqual(Object.keys(fields));
  });
});

describe('the transcripts in README.md', () => {
  const blocks = codeBlocks(readme).filter(({ info }) => info.has('replay'));
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await startVisitor(PROGRAM, 'https://api.example.com');
  });

  afterAll(async () => {
    await visitor.close();
  });

  it('are all replayed: what stands elsewhere without being run is a part of one that is', () => {
    const replayed = blocks.map(({ text }) => text).join('');
    const others = codeBlocks(readme).filter(({ language, info }) => language === 'console' && !info.has('replay'));
    expect(blocks.length).toBeGreaterThan(2);
    for (const { text } of others) expect(replayed).toContain(text);
  });

  // in order: each block goes on where the one before has ended
  it.each(blocks)('go as shown at line $line', async (block) => {
    const { shown, printed } = await replay(block, visitor);
    expect(printed).toEqual(shown);
  });
});
