import { describe, expect, it } from 'vitest';
import { runStart } from '../../../src/cli/commands/start.ts';
import { failureOf } from '../../support/failures.ts';
import { listen, NOW, toolsWith } from '../command-tools.ts';

describe('start', () => {
  it('shows the value of what the default branch defines, and pushes its branch', async () => {
    const told = listen();
    const asked: unknown[] = [];
    const prepared = {
      name: 'example',
      branch: 'example',
      file: null,
      definition: null,
      observation: { kind: 'value', value: '7' } as const,
      cameIn: null,
      observedAt: NOW,
      failure: null,
    };
    const code = await runStart(
      ['ex*'],
      {},
      toolsWith(
        {
          prepareStart: async (names) => {
            asked.push(names);
            return [prepared];
          },
          add: async (resources, first) => {
            asked.push(resources, first);
            return new Map([['example', null]]);
          },
        },
        told,
      ),
    );
    expect(asked).toEqual([['ex*'], [prepared], 'baseline']);
    expect(told.stderr()).toBe('resources of https://git.example.com/resources.git\nextracted example   example (7)\n');
    expect(told.stdout()).toBe('added     example\n');
    expect(code).toBe(0);
  });

  it('says so where nothing is to be started', async () => {
    const failure = await failureOf(runStart(['x'], {}, toolsWith({ prepareStart: async () => [] }, listen())));
    expect(failure).toMatchObject({ reason: 'not-found', details: { name: 'x' } });
  });
});
