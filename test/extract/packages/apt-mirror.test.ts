// Where apt takes a suite from.
import { describe, expect, it } from 'vitest';
import { aptMirror } from '../../../src/extract/packages/apt-mirror.ts';
import { machine } from '../../support/machine.ts';
import { stepContext } from '../../support/step-context.ts';

const mirrorOf = (files: Record<string, string>, suite: string, component = 'main') =>
  aptMirror({ suite, component }, stepContext({ machine: machine({ files }) }));

const LINES = `# deb http://old.example.com/ stable main
deb [arch=amd64 signed-by=/usr/share/a.gpg] http://a.example.com/debian stable main contrib # mine
deb cdrom:[disc]/ stable main
deb-src https://me:secret@b.example.com/debian/ stable non-free
deb http://c.example.com/flat ./
`;

const PARAGRAPHS = `Types: deb deb-src
URIs: http://d.example.com/ubuntu
# the pockets
Suites: noble noble-updates
 noble-proposed
Components: main universe

Enabled: no
Types: deb
URIs: http://e.example.com/
Suites: off
Components: main
`;

describe('the mirror of a suite', () => {
  it('is in a line that has its component', async () => {
    const files = { '/etc/apt/sources.list': LINES };
    expect(await mirrorOf(files, 'stable')).toBe('http://a.example.com/debian');
    expect(await mirrorOf(files, 'stable', 'contrib')).toBe('http://a.example.com/debian');
    expect(await mirrorOf(files, 'stable', 'non-free')).toBe('https://b.example.com/debian/');
  });

  it('is in a paragraph, whose values go on', async () => {
    const files = { '/etc/apt/sources.list.d/ubuntu.sources': PARAGRAPHS };
    expect(await mirrorOf(files, 'noble-proposed', 'universe')).toBe('http://d.example.com/ubuntu');
  });

  it('is looked for in files that apt reads, in their order', async () => {
    const files = {
      '/etc/apt/sources.list.d/b.list': 'deb http://b.example.com/ stable main\n',
      '/etc/apt/sources.list.d/a.list': 'deb http://a.example.com/ stable main\n',
      '/etc/apt/sources.list.d/0.list.disabled': 'deb http://0.example.com/ stable main\n',
    };
    expect(await mirrorOf(files, 'stable')).toBe('http://a.example.com/');
  });

  it('is unknown where apt has another suite only: the nearest is told, and the option', async () => {
    const files = { '/etc/apt/sources.list.d/ubuntu.sources': PARAGRAPHS };
    await expect(mirrorOf(files, 'nobel')).rejects.toMatchObject({
      reason: 'definition',
      message: 'apt on this machine has no such suite with that component: set mirror',
      details: { suite: 'nobel', component: 'main', nearest: 'noble' },
    });
    await expect(mirrorOf(files, 'off')).rejects.toMatchObject({ reason: 'definition' });
    await expect(mirrorOf({}, 'stable')).rejects.toMatchObject({ reason: 'definition' });
  });
});
