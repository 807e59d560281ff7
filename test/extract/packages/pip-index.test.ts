// Which index pip takes projects from.
import { describe, expect, it } from 'vitest';
import { pipIndex } from '../../../src/extract/packages/pip-index.ts';
import { machine } from '../../support/machine.ts';
import { stepContext } from '../../support/step-context.ts';

const indexOf = (given: Parameters<typeof machine>[0]) => pipIndex(stepContext({ machine: machine(given) }));
const conf = (host: string) => `[global]\nindex-url = https://${host}.example.com/simple\n`;

describe('the index of projects', () => {
  it('is the one of the variable', async () => {
    const files = { '/etc/pip.conf': conf('shared') };
    expect(await indexOf({ files, variables: { PIP_INDEX_URL: 'https://me:secret@env.example.com/simple/' } })).toBe(
      'https://env.example.com/simple/',
    );
  });

  it('is the one of the file that counts most', async () => {
    const places = [
      '/venv/pip.conf',
      '~/.config/pip/pip.conf',
      '~/.pip/pip.conf',
      '/etc/pip.conf',
      '/etc/xdg/pip/pip.conf',
    ];
    for (const [place] of places.entries()) {
      const files = Object.fromEntries(places.slice(place).map((path, index) => [path, conf(`of-${place + index}`)]));
      expect(await indexOf({ files, variables: { VIRTUAL_ENV: '/venv' } })).toBe(
        `https://of-${place}.example.com/simple`,
      );
    }
  });

  it('is the one of the file that a variable names, in place of the user’s own', async () => {
    const files = {
      '/srv/pip.conf': '[global]\n',
      '~/.config/pip/pip.conf': conf('user'),
      '/etc/pip.conf': conf('shared'),
    };
    expect(await indexOf({ files, variables: { PIP_CONFIG_FILE: '/srv/pip.conf' } })).toBe(
      'https://shared.example.com/simple',
    );
  });

  it('is read in the forms in which pip reads it', async () => {
    for (const line of ['index_url: https://a.example.com/', 'index-url=https://a.example.com/'])
      expect(
        await indexOf({ files: { '/etc/pip.conf': `# x\n[install]\nindex-url = https://b/\n[global]\n${line}\n` } }),
      ).toBe('https://a.example.com/');
  });

  it('is what pip says where no file does', async () => {
    const answers = { 'pip3 config get global.index-url': 'https://said.example.com/simple' };
    expect(await indexOf({ answers })).toBe('https://said.example.com/simple');
    const files = { '/etc/pip.conf': conf('shared') };
    // no file is to be read: pip knows what then
    expect(await indexOf({ answers, files, variables: { PIP_CONFIG_FILE: '/dev/null' } })).toBe(
      'https://said.example.com/simple',
    );
  });

  it('is unknown where pip is not configured: then the option is named', async () => {
    await expect(indexOf({})).rejects.toMatchObject({ reason: 'definition' });
    await expect(indexOf({})).rejects.toThrow(/set index here, or pip config set global.index-url/);
  });
});
