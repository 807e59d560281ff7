import { rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  baseEnvironment,
  configDirectory,
  processEnvironment,
  processorCount,
  runtimeDirectory,
  socketDirectory,
  stateDirectory,
  userName,
} from '../../src/system/environment.ts';
import { compileProgram } from '../support/git-child.ts';

describe('the environment of children', () => {
  it('has what programs need to find their way, and nothing else', () => {
    const wanted = {
      PATH: '/bin',
      HOME: '/home/a',
      USER: 'a',
      LANG: 'C.UTF-8',
      LC_ALL: 'C',
      LC_TIME: 'en_GB.UTF-8',
      TZ: 'UTC',
      TMPDIR: '/tmp',
      http_proxy: 'http://one.example',
      HTTPS_PROXY: 'http://two.example',
      NO_PROXY: 'localhost',
      all_proxy: 'socks5://three.example',
    };
    const unwanted = { GITHUB_TOKEN: 'secret', SSH_AUTH_SOCK: '/run/x', LD_PRELOAD: 'x.so', Http_Proxy: 'x', LCD: '1' };
    expect(baseEnvironment({ ...wanted, ...unwanted })).toEqual(wanted);
  });

  it('has the names that the configuration lists', () => {
    expect(baseEnvironment({ PATH: '/bin', CI_TOKEN: 'x', OTHER: 'y' }, ['CI_TOKEN', 'ABSENT'])).toEqual({
      PATH: '/bin',
      CI_TOKEN: 'x',
    });
  });

  it('never has what would change how a shell reads its script', () => {
    expect(baseEnvironment({ BASH_ENV: '/x', IFS: ',' }, ['BASH_ENV', 'IFS'])).toEqual({});
  });
});

describe('the variables of this process', () => {
  it('are its own', () => {
    expect(processEnvironment().PATH).toBe(process.env.PATH);
  });

  it('come with at least one processor', () => {
    expect(processorCount()).toBeGreaterThanOrEqual(1);
  });
});

describe('the directories of the program', () => {
  it('are below what the XDG variables name', () => {
    const env = { HOME: '/home/a', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/run/user/1' };
    expect(configDirectory(env)).toBe('/c/spread-cron');
    expect(stateDirectory(env)).toBe('/s/spread-cron');
    expect(runtimeDirectory(env)).toBe('/run/user/1/spread-cron');
  });

  it('are below HOME where the variables are absent, empty or relative', () => {
    for (const absent of [
      {},
      { XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' },
      { XDG_CONFIG_HOME: 'c', XDG_STATE_HOME: 's' },
    ]) {
      expect(configDirectory({ HOME: '/home/a', ...absent })).toBe('/home/a/.config/spread-cron');
      expect(stateDirectory({ HOME: '/home/a', ...absent })).toBe('/home/a/.local/state/spread-cron');
    }
  });

  it('are unknown where nothing names them', () => {
    expect(configDirectory({})).toBeNull();
    expect(stateDirectory({ HOME: 'relative' })).toBeNull();
    expect(runtimeDirectory({ HOME: '/home/a' })).toBeNull();
  });

  it('have a place for sockets of this user alone where the system gives none', () => {
    expect(socketDirectory({})).toBe(join(tmpdir(), `spread-cron-${userInfo().uid}`));
  });

  // Only root can become somebody whom the list of users does not know.
  it.skipIf(process.getuid?.() !== 0)('are known also to a user without a name, as containers have it', async () => {
    const program = await compileProgram(`
      import { isPrivateDirectory, makePrivateDirectory } from './src/system/files.ts';
      import { socketDirectory } from './src/system/environment.ts';
      process.setgid(54321); process.setuid(54321);
      const directory = socketDirectory({});
      await makePrivateDirectory(directory);
      console.log(directory, await isPrivateDirectory(directory));
    `);
    const directory = join(tmpdir(), 'spread-cron-54321');
    try {
      expect(await program.start([]).line()).toBe(`${directory} true`);
    } finally {
      program.remove();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

it('names the user of this process, without asking the variables where the system knows', () => {
  expect(userName({ USER: 'somebody else' })).toBe(userInfo().username);
});
