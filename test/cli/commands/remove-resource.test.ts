import { describe, expect, it } from 'vitest';
import { type RemoveOptions, runRemoveResource } from '../../../src/cli/commands/remove-resource.ts';
import type { Prompts } from '../../../src/cli/tools.ts';
import { failureOf } from '../../support/failures.ts';
import { listen, personWho, statusOf, type Telling, toolsWith } from '../command-tools.ts';

async function removed(options: RemoveOptions, prompts: Prompts | null = null, telling: Telling = {}) {
  const told = listen(telling);
  const gone: string[] = [];
  const lines = [statusOf({ resource: 'old-a', branch: 'watch/old-a' }), statusOf({ resource: 'old-b' })];
  const app = {
    status: async () => ({ lines, noDefinition: 0, stale: null, remote: { failing_since: null, error: null } }),
    remove: async (names: readonly string[]) => {
      gone.push(...names);
      return names;
    },
  };
  const code = await runRemoveResource(['old-*'], options, toolsWith(app, told, prompts));
  return { told, gone, code };
}

describe('remove-resource', () => {
  it('asks, naming everything that a glob means', async () => {
    const person = personWho([true]);
    const { gone, told } = await removed({}, person);
    expect(person.asked).toEqual(['Remove old-a, old-b from https://git.example.com/resources.git, with history?']);
    expect(gone).toEqual(['old-a', 'old-b']);
    expect(told.stdout()).toBe('removed   old-a\nremoved   old-b\n');
  });

  it.each([false, null])('removes nothing on the answer %j', async (answer) => {
    const { gone, code } = await removed({}, personWho([answer]));
    expect([gone, code]).toEqual([[], 1]);
  });

  it('refuses where there is nobody to ask, unless --yes says so', async () => {
    expect(await failureOf(removed({}))).toMatchObject({ reason: 'usage', details: { names: 'old-a old-b' } });
    expect((await removed({ yes: true })).gone).toEqual(['old-a', 'old-b']);
  });

  it('tells what it would remove in a dry run, and removes nothing', async () => {
    const { gone, told, code } = await removed({ dryRun: true });
    expect([gone, code]).toEqual([[], 0]);
    expect(told.stdout()).toBe('would remove   old-a   1234\nwould remove   old-b   1234\n');
  });

  it('gives objects with --json', async () => {
    expect((await removed({ yes: true }, null, { format: 'json' })).told.objects()).toEqual([
      { resource: 'old-a', branch: 'watch/old-a', removed: true },
      { resource: 'old-b', branch: 'core-beta', removed: true },
    ]);
  });
});
