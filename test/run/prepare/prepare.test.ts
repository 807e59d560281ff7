// Preparing a run against a real target: what is laid over it, what is refused, and what is told of it.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import type { PrepareStep } from '../../../src/core/run-plan.ts';
import { createGitCommand } from '../../../src/git/git-command.ts';
import type { TaskEnd } from '../../../src/run/executor.ts';
import { driftWarnings } from '../../../src/run/prepare/drift.ts';
import { type Prepared, type PrepareTools, prepareRun } from '../../../src/run/prepare/prepare.ts';
import { createProcesses } from '../../../src/system/process/processes.ts';
import { failureOf } from '../../support/failures.ts';
import { addCommit, GIT_ENV, git } from '../../support/git-origin.ts';
import { makeTargetWorld, type TargetWorld, WHOLE_TARGET } from '../../support/target-world.ts';

const NEVER = new AbortController().signal;
let world: TargetWorld;
let definition: string;
let target: string;
let log: string;

beforeEach(async () => {
  world = await makeTargetWorld();
  definition = join(world.path, 'definition');
  target = join(definition, 'target');
  mkdirSync(definition);
  log = '';
});
afterEach(() => world.close());

/** Writes a file of the definition. */
function put(path: string, content = path, mode = 0o644): void {
  mkdirSync(dirname(join(definition, path)), { recursive: true });
  writeFileSync(join(definition, path), content, { mode });
  chmodSync(join(definition, path), mode);
}

const clone = (): PrepareStep => ({ kind: 'clone', target: { repository: world.url, ...WHOLE_TARGET } });
const OVERLAY: PrepareStep = { kind: 'overlay', directory: 'custom', except: ['env.sh'] };
const patch = (file: string): PrepareStep => ({ kind: 'patch', file });
const action = (script: string): PrepareStep => ({ kind: 'action', script });

/** Runs a script as a task would be, without anything around it. */
async function runScript(script: string, directory: string): Promise<TaskEnd> {
  const env = { PATH: process.env.PATH ?? '' };
  const { code, stdout } = await createProcesses().run(
    { file: 'bash', args: ['-c', script], cwd: directory, env },
    NEVER,
  );
  log += new TextDecoder().decode(stdout);
  return { kind: 'exited', code };
}

function prepare(
  steps: readonly PrepareStep[],
  more: Partial<PrepareTools> & { readonly directory?: 'definition' | 'target' } = {},
  signal = NEVER,
): Promise<Prepared> {
  return prepareRun(
    { prepare: steps, directory: more.directory ?? 'definition' },
    { definition, target },
    {
      targets: world.cache(),
      git: createGitCommand(createProcesses(), GIT_ENV),
      output: async (_stream, chunk) => {
        log += new TextDecoder().decode(chunk);
      },
      previousOverlaid: {},
      runScript,
      ...more,
    },
    signal,
  );
}

const blob = (path: string) => git(world.origin, ['rev-parse', `main:${path}`]);

describe('preparing a run', () => {
  it('clones, lays over, patches and acts in the order of the plan, and says what each step changed', async () => {
    put('custom/README.md', 'ours');
    put('custom/tests/new.sh', '#!/bin/sh\n', 0o755);
    put('custom/env.sh', 'export A=1');
    put('fix.patch', '--- a/src/a\n+++ b/src/a\n@@ -1 +1 @@\n-a2\n\\ No newline at end of file\n+patched\n');
    put('actions.sh', '#!/bin/sh\necho acting\nrm target/docs/c\necho more >> target/README.md\n', 0o755);
    const prepared = await prepare([clone(), OVERLAY, patch('fix.patch'), action('actions.sh')]);
    expect(prepared.commit).toBe(world.commits[2]);
    expect(prepared.overlaid).toEqual({ 'README.md': blob('README.md'), 'tests/new.sh': null });
    expect(prepared.steps.map(({ changes }) => changes)).toEqual([
      { added: [], modified: [], deleted: [], restored: [] },
      { added: ['tests/new.sh'], modified: ['README.md'], deleted: [], restored: [] },
      { added: [], modified: ['src/a'], deleted: [], restored: [] },
      { added: [], modified: ['README.md'], deleted: ['docs/c'], restored: [] },
    ]);
    expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('oursmore\n');
    expect(readFileSync(join(target, 'src/a'), 'utf8')).toBe('patched\n');
    expect(statSync(join(target, 'tests/new.sh')).mode & 0o777).toBe(0o755);
    expect(existsSync(join(target, 'env.sh'))).toBe(false);
    expect(log.split('\n').filter((line) => !/objects/.test(line))).toEqual([
      `clone ${world.url}`,
      `  target/ has commit ${world.commits[2]}`,
      'overlay custom: 2 files',
      '  replaces README.md',
      '  brings tests/new.sh',
      '  1 added (tests/new.sh), 1 modified (README.md)',
      'patch fix.patch',
      '  1 modified (src/a)',
      'action actions.sh',
      'acting',
      '  1 modified (README.md), 1 deleted (docs/c)',
      '',
    ]);
  });

  it('shows no credentials of an address', async () => {
    const repository = world.url.replace('://', '://user:hunter2@');
    await prepare([{ kind: 'clone', target: { repository, ...WHOLE_TARGET } }]);
    expect(log).toContain('clone http://127.0.0.1');
    expect(log).not.toContain('hunter2');
    expect(git(target, ['config', '--list'])).not.toContain('hunter2');
  });

  it('ends where it is cancelled', async () => {
    const stop = new AbortController();
    stop.abort(new Failure('cancelled', 'enough'));
    expect(await failureOf(prepare([clone()], {}, stop.signal))).toMatchObject({ message: 'enough' });
  });

  it('does not clone over a target that the branch brought', async () => {
    put('target/own');
    expect(await failureOf(prepare([clone()]))).toMatchObject({ reason: 'refused' });
    expect(existsSync(join(target, 'own'))).toBe(true);
  });
});

describe('an overlay', () => {
  it('replaces links of the target, and never what they lead to', async () => {
    put('custom/link', 'a file now');
    await prepare([clone(), OVERLAY]);
    expect(lstatSync(join(target, 'link')).isFile()).toBe(true);
    expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('three');
  });

  it('brings links that stay in the target as links', async () => {
    put('custom/tests/x');
    symlinkSync('../src/a', join(definition, 'custom/tests/to-a'));
    await prepare([clone(), OVERLAY]);
    expect(readlinkSync(join(target, 'tests/to-a'))).toBe('../src/a');
  });

  it.each([
    ['/etc/passwd', '/etc/passwd'],
    ['upwards', '../../outside'],
    ['its own parent', '..'],
  ])('with a link to %s is refused, and nothing of it is laid over', async (_what, leads) => {
    put('custom/README.md', 'ours');
    symlinkSync(leads, join(definition, 'custom/z'));
    expect(await failureOf(prepare([clone(), OVERLAY]))).toMatchObject({ reason: 'refused', details: { path: 'z' } });
    expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('three');
  });

  it('is not written through a link of the target', async () => {
    const outside = join(world.path, 'outside');
    mkdirSync(outside);
    addCommit(world.origin, 'main', { files: { 'README.md': 'x', way: { link: outside } } });
    put('custom/README.md', 'ours');
    put('custom/way/file');
    expect(await failureOf(prepare([clone(), OVERLAY]))).toMatchObject({
      reason: 'refused',
      details: { path: 'way/file', in_target: 'way' },
    });
    expect(existsSync(join(outside, 'file'))).toBe(false);
    expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('x');
  });

  it.each(['.git/hooks/post-checkout', '.GIT/config', 'git~1/config', 'sub/.git/config'])(
    'that would write %s is refused',
    async (path) => {
      put(`custom/${path}`);
      expect(await failureOf(prepare([clone(), OVERLAY]))).toMatchObject({ reason: 'refused' });
    },
  );

  it.each(['..', '../elsewhere', '/etc', 'custom/../..', ''])('called %j is refused', async (directory) => {
    mkdirSync(join(world.path, 'elsewhere'));
    const step: PrepareStep = { kind: 'overlay', directory, except: [] };
    expect(await failureOf(prepare([clone(), step]))).toMatchObject({ reason: 'refused' });
  });

  it('that is itself a link, or not there, is refused', async () => {
    expect(await failureOf(prepare([clone(), OVERLAY]))).toMatchObject({ reason: 'definition' });
    rmSync(target, { recursive: true });
    symlinkSync('/etc', join(definition, 'custom'));
    expect(await failureOf(prepare([clone(), OVERLAY]))).toMatchObject({ reason: 'refused' });
  });

  it.each([
    ['a file where the target has a directory', 'src'],
    ['a directory where the target has a file', 'README.md/x'],
  ])('with %s is refused', async (_what, path) => {
    put(`custom/${path}`);
    expect(await failureOf(prepare([clone(), OVERLAY]))).toMatchObject({ reason: 'refused' });
  });

  it('with something that is neither file nor link is refused', async () => {
    put('custom/x');
    execFileSync('mkfifo', [join(definition, 'custom/pipe')]);
    expect(await failureOf(prepare([clone(), OVERLAY]))).toMatchObject({ details: { path: 'custom/pipe' } });
  });

  it('with names that look like options or hold line breaks is laid over as it is', async () => {
    for (const name of ['-x', '--help', 'a\nb', ':(glob)*', 'ü']) put(`custom/${name}`, 'content');
    const { overlaid, steps } = await prepare([clone(), OVERLAY]);
    expect(Object.values(overlaid)).toEqual([null, null, null, null, null]);
    expect(steps[1]?.changes?.added.length).toBe(5);
    expect(log).toContain('a?b');
  });

  it('does not change the cache', async () => {
    put('custom/README.md', 'ours');
    await prepare([clone(), OVERLAY]);
    rmSync(target, { recursive: true });
    await prepare([clone()]);
    expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('three');
  });
});

describe('drift', () => {
  it('is warned of, with both versions and how to see the difference', async () => {
    put('custom/README.md', 'ours');
    put('custom/new');
    const first = await prepare([clone(), OVERLAY]);
    const old = blob('README.md');
    const calm = await again(first);
    expect(calm.warnings).toEqual([]);
    addCommit(world.origin, 'main', { files: { 'README.md': 'four', new: 'theirs' } });
    const drifted = await again(first);
    const [before, after] = [old.slice(0, 12), blob('README.md').slice(0, 12)];
    expect(drifted.warnings).toEqual([
      `custom/README.md was made for version ${before} of README.md, the target now has ${after}: git -C target diff ${before} ${after}`,
      `custom/new was a file of its own, the target now has new too (${blob('new').slice(0, 12)})`,
    ]);
    expect(log).toContain('  warning: custom/README.md was made for');
    git(target, ['diff', before, after]);
  });

  const again = (green: Prepared) => {
    rmSync(target, { recursive: true });
    return prepare([clone(), OVERLAY], { previousOverlaid: green.overlaid });
  };

  it('is nothing where nothing changed, and one line for each file that did', () => {
    const overlaid = fc.dictionary(fc.string(), fc.option(fc.stringMatching(/^[0-9a-f]{40}$/)));
    fc.assert(
      fc.property(overlaid, overlaid, (before, now) => {
        expect(driftWarnings('custom', now, now)).toEqual([]);
        const changed = Object.keys(now).filter((path) => Object.hasOwn(before, path) && before[path] !== now[path]);
        expect(driftWarnings('custom', before, now)).toHaveLength(changed.length);
      }),
    );
  });
});

describe('a patch', () => {
  const two =
    '--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-three\n\\ No newline at end of file\n+ours\n' +
    '--- a/src/a\n+++ b/src/a\n@@ -1 +1 @@\n-other\n\\ No newline at end of file\n+patched\n';

  it('that does not fit is told with its file, hunk and line, and nothing of it is applied', async () => {
    put('two.patch', two);
    expect(await failureOf(prepare([clone(), patch('two.patch')]))).toMatchObject({
      reason: 'command-failed',
      details: { patch: 'two.patch', file: 'src/a', hunk: '1 of 1 (@@ -1 +1 @@)', line: 1 },
    });
    expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('three');
  });

  it('applies to what the overlay brought', async () => {
    put('custom/src/a', 'other');
    put('two.patch', two);
    await prepare([clone(), OVERLAY, patch('two.patch')]);
    expect(readFileSync(join(target, 'src/a'), 'utf8')).toBe('patched\n');
  });

  it.each([
    ['is no patch', 'just text', 'command-failed'],
    ['names a file that is not there', two.replaceAll('src/a', 'src/none'), 'command-failed'],
    ['leaves the target', '--- /dev/null\n+++ b/../../x\n@@ -0,0 +1 @@\n+evil\n', 'command-failed'],
    ['writes into .git', '--- /dev/null\n+++ b/.git/hooks/x\n@@ -0,0 +1 @@\n+evil\n', 'command-failed'],
  ])('that %s is told', async (_what, text, reason) => {
    put('x.patch', text);
    const failure = await failureOf(prepare([clone(), patch('x.patch')]));
    expect(failure).toMatchObject({ reason, details: { patch: 'x.patch', git_said: expect.stringMatching(/./) } });
    expect(existsSync(join(target, '.git/hooks/x'))).toBe(false);
    expect(existsSync(join(world.path, 'x'))).toBe(false);
  });

  it('that is not there, or no file, is told', async () => {
    expect(await failureOf(prepare([clone(), patch('none.patch')]))).toMatchObject({ reason: 'definition' });
    rmSync(target, { recursive: true });
    expect(await failureOf(prepare([clone(), patch('../x.patch')]))).toMatchObject({ reason: 'refused' });
    rmSync(target, { recursive: true });
    symlinkSync('/dev/zero', join(definition, 'zero.patch'));
    expect(await failureOf(prepare([clone(), patch('zero.patch')]))).toMatchObject({ reason: 'definition' });
  });
});

describe('an action', () => {
  it('begins where tasks begin', async () => {
    put('my actions/a.sh', '#!/bin/sh\npwd\n', 0o755);
    await prepare([action('my actions/a.sh')]);
    expect(log).toContain(`\n${definition}\n`);
    await prepare([clone(), action('my actions/a.sh')], { directory: 'target' });
    expect(log).toContain(`\n${target}\n`);
  });

  it.each([
    ['is not there', 'none.sh', 'definition', 'add it'],
    ['is not executable', 'plain.sh', 'definition', 'chmod=+x'],
    ['is a directory', 'directory', 'definition', 'name a script'],
    ['is elsewhere', '../x.sh', 'refused', 'name one below it'],
    ['fails', 'fails.sh', 'command-failed', 'log of prepare'],
  ])('that %s is told', async (_what, script, reason, words) => {
    put('plain.sh');
    put('directory/x');
    put('fails.sh', '#!/bin/sh\nexit 7\n', 0o755);
    const failure = await failureOf(prepare([action(script)]));
    expect(failure).toMatchObject({ reason, message: expect.stringContaining(words) });
    if (script === 'fails.sh') expect(failure.details.exit_code).toBe(7);
  });

  it.each([
    [{ kind: 'timed-out', code: null }, 'timed-out'],
    [{ kind: 'cancelled', code: null }, 'cancelled'],
    [{ kind: 'not-started', error: 'no bash' }, 'command-failed'],
  ] as const)('that ends as %j is told', async (end, reason) => {
    put('a.sh', '', 0o755);
    expect(await failureOf(prepare([action('a.sh')], { runScript: async () => end }))).toMatchObject({ reason });
  });

  it('that changes the settings of git in the target makes git start nothing', async () => {
    const marker = join(world.path, 'marker');
    const script = `#!/bin/sh\ncd target\ngit config filter.evil.clean 'touch ${marker}; cat'\necho '* filter=evil' > .gitattributes\necho more > README.md\n`;
    put('a.sh', script, 0o755);
    const { steps } = await prepare([clone(), action('a.sh')]);
    expect(steps[1]?.changes).toBeNull();
    expect(existsSync(marker)).toBe(false);
    expect(log).toContain('settings of git in target/ were changed');
  });
});
