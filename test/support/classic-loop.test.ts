// The classic loop is the oracle of other tests, and the base of every ratio: it must itself do what it says.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  buildRepository,
  countCommits,
  git,
  PLAIN_GIT,
  type SyntheticRepository,
  tipSubjects,
} from './synthetic-repository.ts';
import { classicOptions, longHistories, plainResources } from './synthetic-resources.ts';

const LOOP = fileURLToPath(new URL('./classic-loop.sh', import.meta.url));
const run = promisify(execFile);

let directory = '';
let origin = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'classic-loop-'));
  origin = join(directory, 'origin.git');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function round(): Promise<void> {
  await run(LOOP, [origin, join(directory, 'work')], { env: PLAIN_GIT });
}

async function build(layout: SyntheticRepository['layout'], resources: SyntheticRepository['resources']) {
  await buildRepository(origin, { layout, resources });
}

describe('the classic loop', () => {
  it.each(['branch', 'central'] as const)('records every changed value once, in the %s layout', async (layout) => {
    await build(layout, plainResources({ count: 3, changes: 2, source: { kind: 'classic-file', directory } }));
    for (const [index, value] of ['new', '0.1+g1eef', 'other (2)'].entries()) {
      await writeFile(join(directory, String(index)), `${value}\r\n`);
    }
    const before = await countCommits(origin);
    await round();
    await round();
    expect([...(await tipSubjects(origin)).values()]).toEqual([
      'New revision of item 0 in the beta channel (new)',
      'New revision of item 1 in the beta channel (0.1+g1eef)',
      'New revision of item 2 in the beta channel (other (2))',
    ]);
    expect(await countCommits(origin)).toBe(before + 2);
    expect(await git(origin, ['diff', 'item-00000-beta~1', 'item-00000-beta'])).toBe('');
  });

  it('finds the last value below commits of other kinds, whatever the message looks like', async () => {
    const histories = longHistories({ branches: 4, changes: 9 });
    await build(
      'central',
      histories.map(({ resource, message, value }) => ({
        ...resource,
        files: { trigger: classicOptions(message, `echo "${value}"`) },
      })),
    );
    const before = await countCommits(origin);
    await round();
    expect(await countCommits(origin)).toBe(before);
  });

  it('leaves alone what is manual, has no definition, gives nothing or gives several lines', async () => {
    const changed = classicOptions('Message', 'echo new');
    await build('branch', [
      { name: 'manual', files: { options: `${changed}manual="true"\n` }, subjects: [] },
      { name: 'other', files: { 'README.md': 'no resource' }, subjects: [] },
      { name: 'empty', files: { options: classicOptions('Message', 'false') }, subjects: [] },
      { name: 'null', files: { options: classicOptions('Message', 'echo null') }, subjects: [] },
      { name: 'watched', files: { options: changed }, subjects: [] },
      { name: 'zlines', files: { options: classicOptions('Message', 'seq 2') }, subjects: [] },
    ]);
    await expect(round()).rejects.toThrow('zlines: the value has several lines');
    const subjects = Object.fromEntries(await tipSubjects(origin));
    expect(subjects).toEqual({
      manual: 'Watch manual',
      other: 'Watch other',
      empty: 'Watch empty',
      null: 'Watch null',
      watched: 'Message (new)',
      zlines: 'Watch zlines',
    });
  });

  it("prefers the definition at the branch's root to the one on the default branch", async () => {
    const first = { name: 'both', files: { options: classicOptions('Central', 'echo 1') }, subjects: ['Start'] };
    await build('central', [first]);
    const clone = join(directory, 'clone');
    await git(directory, ['clone', '--quiet', '--branch=both', origin, clone]);
    await writeFile(join(clone, 'options'), classicOptions('Own', 'echo 2'));
    await git(clone, ['add', 'options']);
    await git(clone, ['commit', '--quiet', '--message=Own definition']);
    await git(clone, ['push', '--quiet', 'origin', 'both']);
    await round();
    expect((await tipSubjects(origin)).get('both')).toBe('Own (2)');
  });
});
