// The directories of runs: fresh, private, and gone when they are to go, whatever a run did to them.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkspaces, placeIn, type Workspaces } from '../../src/run/workspace.ts';
import { systemDisk } from '../../src/system/disk.ts';
import { failureOf } from '../support/failures.ts';
import { compileProgram } from '../support/git-child.ts';
import { temporaryDirectory } from '../support/git-origin.ts';

const RUN = '0123456789ab';
const OTHER = 'ba9876543210';
let home: ReturnType<typeof temporaryDirectory>;
let root: string;
let warnings: string[];
let workspaces: Workspaces;

beforeEach(() => {
  home = temporaryDirectory();
  root = join(home.path, 'runs');
  warnings = [];
  workspaces = open();
});
afterEach(() => home.remove());

function open(disk = systemDisk): Workspaces {
  const log = { warn: (line: string) => warnings.push(line), info: () => {}, debug: () => {} };
  return createWorkspaces({ root, log, disk });
}

/** What is left below the root. */
const left = () => readdirSync(root);

describe('a workspace', () => {
  it('is new and for this user alone', async () => {
    const { root: own, tmp, checkout } = await workspaces.make(RUN);
    expect(own).toBe(join(root, RUN));
    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect(readdirSync(own)).toEqual(['tmp']);
    expect(existsSync(tmp)).toBe(true);
    expect(existsSync(checkout)).toBe(false);
  });

  it('is TMPDIR itself where nothing is put into it', async () => {
    const { root: own, tmp } = await workspaces.make(RUN, 'nothing');
    expect(tmp).toBe(own);
    expect(readdirSync(own)).toEqual([]);
    writeFileSync(join(tmp, 'left'), 'x');
    await workspaces.make(RUN, 'nothing');
    expect(readdirSync(own)).toEqual([]);
    await workspaces.remove(RUN);
    await workspaces.close();
    expect(left()).toEqual([]);
  });

  describe('that nothing was put into', () => {
    const inode = (path: string) => statSync(path).ino;

    async function used(act: (path: string) => void): Promise<number> {
      const { root: own } = await workspaces.make(RUN, 'nothing');
      const before = inode(own);
      act(own);
      await workspaces.remove(RUN);
      expect(existsSync(own)).toBe(false);
      return before;
    }

    it('and that is as it was made is the next one’s', async () => {
      const before = await used(() => {});
      const { root: own } = await workspaces.make(OTHER, 'nothing');
      expect([inode(own), readdirSync(own), left()]).toEqual([before, [], [OTHER]]);
    });

    it('is nobody’s any more where a script left a file in it, or let others write to it', async () => {
      await used((path) => writeFileSync(join(path, 'file'), ''));
      expect(left()).toEqual([]);
      await used((path) => chmodSync(path, 0o777));
      expect(left()).toEqual([]);
    });

    it('is made anew where somebody has cleared away what was kept for it, which `collect` of another process does', async () => {
      await used(() => {});
      await open().collect(new Set());
      expect(left()).toEqual([]);
      const { root: own } = await workspaces.make(OTHER, 'nothing');
      expect(readdirSync(own)).toEqual([]);
    });

    it('stays ready where it could not be the next one’s, since something is there', async () => {
      const before = await used(() => {});
      mkdirSync(join(root, OTHER, 'old'), { recursive: true });
      const { root: own } = await workspaces.make(OTHER, 'nothing');
      expect([inode(own), readdirSync(own), left()]).toEqual([before, [], [OTHER]]);
    });

    it('is kept ready by `collect` of its own process, and goes with that', async () => {
      await used(() => {});
      await workspaces.collect(new Set());
      expect(left()).toHaveLength(1);
      await workspaces.close();
      expect(left()).toEqual([]);
    });
  });

  it('that an earlier attempt left is made anew', async () => {
    const { root: own } = await workspaces.make(RUN);
    writeFileSync(join(own, 'old'), '');
    await workspaces.make(RUN);
    expect(readdirSync(own)).toEqual(['tmp']);
  });

  it.each(['../x', '', 'a/b', '.removing-x', 'A'])('is made for no run called %j', async (run) => {
    expect(await failureOf(workspaces.make(run))).toMatchObject({ reason: 'internal' });
  });

  it('has the checkout of a commit, the definition in it and the target in that', async () => {
    const workspace = await workspaces.make(RUN);
    expect(placeIn(workspace, { kind: 'commit', commit: '1'.repeat(40), directory: 'branches/core' })).toMatchObject({
      checkout: join(root, RUN, 'checkout'),
      definition: join(root, RUN, 'checkout/branches/core'),
      target: join(root, RUN, 'checkout/branches/core/target'),
    });
    expect(placeIn(workspace, { kind: 'commit', commit: '1'.repeat(40), directory: '.' }).definition).toBe(
      join(root, RUN, 'checkout'),
    );
  });

  it('of a directory of this machine uses that as it is and clones beside it', async () => {
    const workspace = await workspaces.make(RUN);
    expect(placeIn(workspace, { kind: 'directory', directory: '/srv/suite' })).toMatchObject({
      checkout: '/srv/suite',
      definition: '/srv/suite',
      target: join(root, RUN, 'target'),
    });
  });

  it('is removed whatever a run left in it, or took from it', async () => {
    for (const leave of [
      () => {},
      (own: string) => rmdirSync(join(own, 'tmp')),
      (own: string) => writeFileSync(join(own, 'tmp/file'), 'x'),
      (own: string) => rmSync(own, { recursive: true }),
      (own: string) => mkdirSync(join(own, 'a/b'), { recursive: true }),
    ]) {
      const { root: own } = await workspaces.make(RUN);
      leave(own);
      await workspaces.remove(RUN);
      expect(left()).toEqual([]);
    }
    expect(warnings).toEqual([]);
  });

  it('is removed with links in it, and not what they lead to', async () => {
    const { root: own } = await workspaces.make(RUN);
    mkdirSync(join(home.path, 'precious'));
    writeFileSync(join(home.path, 'precious/file'), 'x');
    symlinkSync(join(home.path, 'precious'), join(own, 'link'));
    await workspaces.remove(RUN);
    expect(left()).toEqual([]);
    expect(readFileSync(join(home.path, 'precious/file'), 'utf8')).toBe('x');
    await workspaces.remove(RUN);
    expect(warnings).toEqual([]);
  });

  it('that is removed while the process is killed is recognised as removed', async () => {
    const { root: own } = await workspaces.make(RUN);
    writeFileSync(join(own, 'file'), 'x');
    const dying = open({
      ...systemDisk,
      rm: (async (path: string) => {
        throw Object.assign(new Error(`EBUSY: ${path}`), { code: 'EBUSY' });
      }) as typeof systemDisk.rm,
    });
    await dying.remove(RUN);
    expect(left()).toEqual([expect.stringMatching(/^\.removing-0123456789ab-/)]);
    await workspaces.collect(new Set([RUN]));
    expect(left()).toEqual([]);
  });

  // Only a user who is not root meets rights: the work is done by a process of another user.
  it.skipIf(process.getuid?.() !== 0)('without rights in it is removed by who has no more rights', async () => {
    const program = await compileProgram(`
      import { createWorkspaces } from './src/run/workspace.ts';
      import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
      process.setgid(65534); process.setuid(65534);
      const [root] = process.argv.slice(2);
      const log = { warn: (line) => console.log(line), info() {}, debug() {} };
      const workspaces = createWorkspaces({ root, log });
      const { root: own } = await workspaces.make('${RUN}');
      mkdirSync(own + '/a/b', { recursive: true });
      writeFileSync(own + '/a/b/file', '', { mode: 0o000 });
      chmodSync(own + '/a/b', 0o000);
      chmodSync(own + '/a', 0o500);
      await workspaces.remove('${RUN}');
      console.log('done');
    `);
    try {
      chmodSync(home.path, 0o777);
      const running = program.start([root]);
      expect(await running.line()).toBe('done');
      expect(left()).toEqual([]);
    } finally {
      program.remove();
    }
  });
});

describe('what crashed runs left', () => {
  it('is removed, less what is running and what somebody kept', async () => {
    await workspaces.make(RUN);
    await workspaces.make(OTHER);
    await workspaces.make('cccccccccccc');
    await workspaces.keep('cccccccccccc');
    writeFileSync(join(root, 'README'), 'not ours');
    await workspaces.collect(new Set([OTHER]));
    expect(left().sort()).toEqual(['.kept-cccccccccccc', 'README', OTHER, 'cccccccccccc']);
    await workspaces.remove('cccccccccccc');
    expect(left().sort()).toEqual(['README', OTHER]);
  });

  it('is nothing where no run ever was', async () => {
    await workspaces.collect(new Set());
    expect(warnings).toEqual([]);
  });

  it('loses its secrets, also in a directory that stays', async () => {
    const suite = join(home.path, 'suite');
    mkdirSync(suite);
    await workspaces.make(RUN);
    await workspaces.writeSecrets(RUN, suite, [{ path: 'keys/sa.json', mode: 0o400, value: 'secret' }]);
    expect(readFileSync(join(suite, 'keys/sa.json'), 'utf8')).toBe('secret');
    rmSync(join(root, RUN), { recursive: true });
    await open().collect(new Set());
    expect(existsSync(join(suite, 'keys/sa.json'))).toBe(false);
    expect(left()).toEqual([]);
  });
});

describe('a secret as a file', () => {
  let definition: string;
  beforeEach(async () => {
    const { checkout } = await workspaces.make(RUN);
    definition = join(checkout, 'branches/core');
    mkdirSync(definition, { recursive: true });
  });
  const write = (path: string, mode = 0o400) =>
    workspaces.writeSecrets(RUN, definition, [{ path, mode, value: 'hunter2' }]);

  it('is there with its rights until it is taken away', async () => {
    await write('sa.json');
    await write('deep/er/key', 0o640);
    expect(statSync(join(definition, 'sa.json')).mode & 0o777).toBe(0o400);
    expect(statSync(join(definition, 'deep')).mode & 0o777).toBe(0o700);
    await workspaces.removeSecrets(RUN);
    expect(existsSync(join(definition, 'deep/er/key'))).toBe(false);
    expect(existsSync(join(definition, 'sa.json'))).toBe(false);
    expect(warnings).toEqual([]);
  });

  it('is gone from a workspace that is kept', async () => {
    await write('sa.json');
    await workspaces.keep(RUN);
    expect(existsSync(definition)).toBe(true);
    expect(existsSync(join(definition, 'sa.json'))).toBe(false);
    expect(left().filter((name) => name.startsWith('.secrets'))).toEqual([]);
  });

  it('is gone from where an overlay brought it too, and nobody misses what no overlay brought', async () => {
    const target = join(definition, 'target');
    const copied = {
      path: 'custom/sa.json',
      mode: 0o400,
      value: 'hunter2',
      copy: { directory: target, path: 'sa.json' },
    };
    const notYet = {
      path: 'custom/deep/key',
      mode: 0o400,
      value: 'hunter3',
      copy: { directory: target, path: 'deep/key' },
    };
    await workspaces.writeSecrets(RUN, definition, [copied, notYet]);
    mkdirSync(target);
    writeFileSync(join(target, 'sa.json'), 'hunter2', { mode: 0o400 });
    await workspaces.keep(RUN);
    expect(existsSync(join(definition, 'custom/sa.json'))).toBe(false);
    expect(readdirSync(target)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it.each(['../sa.json', '/tmp/sa.json', 'a/../../b', ''])('is not written to %j', async (path) => {
    expect(await failureOf(write(path))).toMatchObject({ reason: 'refused' });
  });

  it('is not written through links or over files', async () => {
    symlinkSync(home.path, join(definition, 'out'));
    expect(await failureOf(write('out/sa.json'))).toMatchObject({ reason: 'refused' });
    symlinkSync(join(home.path, 'elsewhere'), join(definition, 'sa.json'));
    expect(await failureOf(write('sa.json'))).toMatchObject({ reason: 'refused' });
    writeFileSync(join(definition, 'own'), 'mine');
    expect(await failureOf(write('own'))).toMatchObject({ reason: 'refused' });
    expect(existsSync(join(home.path, 'elsewhere'))).toBe(false);
    await workspaces.removeSecrets(RUN);
    expect(readFileSync(join(definition, 'own'), 'utf8')).toBe('mine');
  });

  it('is not looked for behind links that a script made, and that is told', async () => {
    await write('keys/sa.json');
    const precious = join(home.path, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'sa.json'), 'precious');
    renameSync(join(definition, 'keys'), join(definition, 'moved'));
    symlinkSync(precious, join(definition, 'keys'));
    await workspaces.removeSecrets(RUN);
    expect(readFileSync(join(precious, 'sa.json'), 'utf8')).toBe('precious');
    expect(warnings.join('\n')).toContain('no longer where it was written');
    await workspaces.make(OTHER);
    const other = join(root, OTHER, 'checkout/d');
    mkdirSync(other, { recursive: true });
    await workspaces.writeSecrets(OTHER, other, [{ path: 'sa.json', mode: 0o400, value: 'x' }]);
    rmSync(join(root, OTHER, 'checkout'), { recursive: true });
    mkdirSync(join(precious, 'd'));
    writeFileSync(join(precious, 'd/sa.json'), 'precious');
    symlinkSync(precious, join(root, OTHER, 'checkout'));
    await workspaces.remove(OTHER);
    expect(readFileSync(join(precious, 'd/sa.json'), 'utf8')).toBe('precious');
    expect(lstatSync(precious).isDirectory()).toBe(true);
  });
});
