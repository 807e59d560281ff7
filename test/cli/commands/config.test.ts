import { describe, expect, it } from 'vitest';
import { runConfigShow } from '../../../src/cli/commands/config.ts';
import { listen } from '../command-tools.ts';

const SHOWN = [
  { key: 'interval', value: '5m', origin: 'default', about: 'Time between rounds.' },
  { key: 'environment', value: ['A'], origin: 'agent.yaml:3', about: 'Variables.' },
  { key: 'state_dir', value: null, origin: 'default', about: 'State.' },
];

describe('config show', () => {
  it('is one table of keys, values and where they come from', () => {
    const told = listen();
    expect(runConfigShow(SHOWN, told)).toBe(0);
    expect(told.stdout().split('\n')).toEqual([
      'KEY          VALUE  FROM          MEANING',
      'interval     5m     default       Time between rounds.',
      'environment  ["A"]  agent.yaml:3  Variables.',
      'state_dir    -      default       State.',
      '',
    ]);
  });

  it('gives objects with --json', () => {
    const told = listen({ format: 'json' });
    runConfigShow(SHOWN, told);
    expect(told.objects()).toEqual(SHOWN);
  });
});
