// Which registry npm takes a package from.
import { describe, expect, it } from 'vitest';
import { npmRegistry } from '../../../src/extract/packages/npm-registry.ts';
import { machine } from '../../support/machine.ts';
import { stepContext } from '../../support/step-context.ts';

const registryOf = (name: string, given: Parameters<typeof machine>[0]) =>
  npmRegistry(name, stepContext({ machine: machine(given) }));

describe('the registry of a package', () => {
  it('is the one of the environment, before any file', async () => {
    const files = { '~/.npmrc': 'registry=https://user.example.com/' };
    for (const name of ['npm_config_registry', 'NPM_CONFIG_REGISTRY'])
      expect(await registryOf('a', { files, variables: { [name]: 'https://env.example.com/npm/' } })).toBe(
        'https://env.example.com/npm/',
      );
  });

  it('is the one of the user, then the global one', async () => {
    const global = { '/etc/npmrc': 'registry = "https://global.example.com/"' };
    const user = { '~/.npmrc': '; mine\nregistry = https://user.example.com/ ; the mirror\n' };
    expect(await registryOf('a', { files: { ...global, ...user } })).toBe('https://user.example.com/');
    expect(await registryOf('a', { files: global })).toBe('https://global.example.com/');
  });

  it('is looked for in the files that variables name', async () => {
    const files = {
      '/srv/rc': 'registry=https://a.example.com/',
      '/opt/npm/etc/npmrc': 'registry=https://b.example.com/',
    };
    expect(await registryOf('a', { files, variables: { NPM_CONFIG_USERCONFIG: '/srv/rc' } })).toBe(
      'https://a.example.com/',
    );
    expect(await registryOf('a', { files, variables: { npm_config_globalconfig: '/srv/rc' } })).toBe(
      'https://a.example.com/',
    );
    expect(await registryOf('a', { files, variables: { npm_config_prefix: '/opt/npm' } })).toBe(
      'https://b.example.com/',
    );
  });

  it('is the one of its scope, wherever that stands', async () => {
    const given = {
      variables: { NPM_CONFIG_REGISTRY: 'https://env.example.com/', NPM_HOST: 'corp.example.com' },
      files: { '/etc/npmrc': '@corp:registry=https://${NPM_HOST}/npm' },
    };
    expect(await registryOf('@corp/a', given)).toBe('https://corp.example.com/npm');
    expect(await registryOf('@other/a', given)).toBe('https://env.example.com/');
  });

  it('is what npm says where no file does, of the scope before everything else', async () => {
    const answers = {
      'npm config get @corp:registry': 'https://corp.example.com/',
      'npm config get @other:registry': 'undefined',
      'npm config get registry': 'https://said.example.com/',
    };
    const variables = { NPM_CONFIG_REGISTRY: 'https://env.example.com/' };
    expect(await registryOf('a', { answers })).toBe('https://said.example.com/');
    expect(await registryOf('@corp/a', { answers, variables })).toBe('https://corp.example.com/');
    expect(await registryOf('@other/a', { answers, variables })).toBe('https://env.example.com/');
  });

  it('is without the login that stands in the setting', async () => {
    const files = { '~/.npmrc': 'registry=https://me:p@ss@npm.example.com/a/?t=1#b' };
    expect(await registryOf('a', { files })).toBe('https://npm.example.com/a/');
  });

  it('is unknown where npm is not configured or not there: then the option is named', async () => {
    const failure = registryOf('a', {});
    await expect(failure).rejects.toMatchObject({ reason: 'definition' });
    await expect(failure).rejects.toThrow(/set registry here, or npm config set registry/);
  });

  it('is told by the name of its setting where it is no URL, never by what it holds', async () => {
    const files = { '~/.npmrc': 'registry=ftp://me:hunter2@npm.example.com/' };
    await expect(registryOf('a', { files })).rejects.toMatchObject({
      reason: 'definition',
      message: 'the address that this machine is configured with is no http or https URL: set it here',
      details: { setting: 'registry of ~/.npmrc', option: 'registry' },
    });
    const variables = { NPM_CONFIG_REGISTRY: 'npm.example.com' };
    await expect(registryOf('a', { variables })).rejects.toMatchObject({ details: { setting: 'npm_config_registry' } });
    const unset = { '~/.npmrc': 'registry=${UNSET}' };
    await expect(registryOf('a', { files: unset })).rejects.toMatchObject({ reason: 'definition' });
  });
});
