// Targets that cannot be had and customisations that do not fit them, as somebody sees it who runs them by name.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultWorld, makeFaultWorld } from '../support/fault-world.ts';
import { addCommit, git } from '../support/git-origin.ts';

let world: FaultWorld;

beforeAll(async () => {
  world = await makeFaultWorld();
  git(world.target, ['branch', 'release-22', 'main']);
});
afterAll(() => world.close());
afterEach(() => world.expectRecovered());

type Beside = Parameters<FaultWorld['addResource']>[2];

/** Adds a resource with a target and a task that says that it ran. */
function addResource(name: string, run: Record<string, unknown> = {}, beside: Beside = {}): string {
  const { target, ...more } = { target: {}, ...run };
  const whole = {
    target: { repository: world.targetUrl, ...target },
    tasks: { suite: { script: 'echo ran' } },
    ...more,
  };
  return world.addResource(name, `run: ${JSON.stringify(whole)}\n`, beside);
}

/** Runs a resource whose preparation fails: told while it runs, at the end, by `show`, in the log and in the note. */
async function expectFailure(name: string, commit: string, reason: string, told: readonly string[]): Promise<void> {
  const ran = await world.spreadCron('run', name);
  expect(ran.status).toBe(1);
  expect(ran.stdout).not.toContain('ran\n');
  const record = await world.record(name);
  expect(record).toMatchObject({
    status: 'failed',
    workspace: null,
    error: { reason, step: 'prepare' },
    tasks: [
      { name: 'prepare', status: 'failed' },
      { name: 'suite', status: expect.stringMatching(/skipped|waiting|cancelled/) },
    ],
  });
  const shown = await world.spreadCron('show', name);
  const { stdout: log } = await world.spreadCron('logs', name);
  for (const text of told) {
    expect(ran.stderr).toContain(text);
    expect(shown.stdout).toContain(text);
  }
  expect(log).toContain('clone ');
  expect(shown.stdout).toContain(`spread-cron retry ${record.run.slice(0, 8)} runs it again`);
  expect(world.notes(commit)).toMatchObject([{ run: record.run, status: 'failed' }]);
}

const expectSuccess = async (name: string) =>
  expect(await world.spreadCron('run', name)).toMatchObject({ status: 0, stdout: expect.stringContaining('ran\n') });

describe('a target', () => {
  it('that cannot be reached is told with its address', async () => {
    const repository = 'http://127.0.0.1:1/suite.git';
    const commit = addResource('away', { target: { repository } });
    await expectFailure('away', commit, 'unreachable', ['the target could not be reached', repository, 'try again']);
  });

  it('that does not exist is told with its address', async () => {
    const repository = `${world.server.url}/nowhere.git`;
    const commit = addResource('nowhere', { target: { repository } });
    await expectFailure('nowhere', commit, 'not-found', ['target', repository]);
  });

  it('without the wanted ref is told with names that are near', async () => {
    const commit = addResource('misspelt', { target: { ref: 'relase-22' } });
    await expectFailure('misspelt', commit, 'not-found', [
      'the target has no such branch or tag, correct the ref',
      'ref relase-22',
      'did you mean release-22',
    ]);
  });

  it('whose clone is interrupted is told, and cloned by the next run', async () => {
    const commit = addResource('broken-off', { target: { ref: 'release-22' } });
    const pack = /POST .*target.git\/git-upload-pack/;
    // listings are asked for by the same kind of request
    world.server.fail(...Array.from({ length: 6 }, () => ({ kind: 'truncate' as const, bytes: 60, match: pack })));
    await expectFailure('broken-off', commit, 'unreachable', [
      'the target could not be reached or the connection broke',
    ]);
    for (;;) {
      const left = await fetch(`${world.targetUrl}/git-upload-pack`, { method: 'POST', body: '0000' }).then(
        (response) =>
          response.arrayBuffer().then(
            () => 'whole',
            () => 'cut',
          ),
        () => 'cut',
      );
      if (left === 'whole') break;
    }
    await expectSuccess('broken-off');
  });

  it('that does not fit the disk is told, and cloned once there is room', async () => {
    const large = addCommit(world.target, 'large', {
      parent: null,
      files: { large: randomBytes(3_000_000).toString('hex') },
    });
    const commit = addResource('no-room', { target: { ref: large } });
    await world.spreadCron('run', 'no-room', '--plan');
    const caches = join(world.database(), '..', 'targets');
    const disk = join(world.path, 'disk');
    rmSync(caches, { recursive: true, force: true });
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      process.stderr.write('NOT TESTED: a full disk while cloning needs root and the right to mount\n');
      return;
    }
    try {
      symlinkSync(disk, caches);
      await expectFailure('no-room', commit, 'not-writable', ['free some space']);
      execFileSync('mount', ['-o', 'remount,size=64m', disk]);
      await expectSuccess('no-room');
    } finally {
      rmSync(caches);
      execFileSync('umount', [disk]);
    }
  });
});

describe('a customisation', () => {
  it('whose overlay holds a link out of the target is refused', async () => {
    const commit = addResource('link-out', {}, { 'custom/up': { link: '../../../..' }, 'custom/a': 'a' });
    await expectFailure('link-out', commit, 'refused', [
      'a symbolic link of the overlay leads out of the target',
      'path up',
    ]);
  });

  it('whose overlay leads through a link of the target is refused', async () => {
    const commit = addResource('through', {}, { 'custom/way/file': 'laid over\n' });
    await expectFailure('through', commit, 'refused', ['path way/file', 'in target way']);
    expect(existsSync(join(world.path, 'file'))).toBe(false);
  });

  it('with a patch that does not fit is told with its file, hunk and line, and what to do', async () => {
    const patch = '--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-two\n+three\n';
    const commit = addResource('patched', { patches: 'fix.patch' }, { 'fix.patch': patch });
    await expectFailure('patched', commit, 'command-failed', [
      'the patch does not fit the target, nothing of it was applied: make it anew',
      'patch fix.patch, file README.md, hunk 1 of 1',
      'line 1',
    ]);
  });

  it('with an action that fails is told with its name and status', async () => {
    const commit = addResource(
      'acting',
      { actions: 'act' },
      { act: { executable: '#!/bin/sh\necho acting; exit 7\n' } },
    );
    await expectFailure('acting', commit, 'command-failed', ['act', '7']);
  });
});
