import { describe, expect, it } from 'vitest';
import type { StepContext } from '../../../src/extract/step.ts';
import { describeStep, runStep } from '../../contract/step.ts';
import { stepContext } from '../../support/step-context.ts';

const oid = (digit: string) => digit.repeat(40);

const refs = [
  { name: 'HEAD', oid: oid('1') },
  { name: 'refs/heads/main', oid: oid('1') },
  { name: 'refs/heads/release/1.9', oid: oid('2') },
  { name: 'refs/heads/release/1.10', oid: oid('3') },
  { name: 'refs/notes/commits', oid: oid('9') },
  { name: 'refs/tags/nightly', oid: oid('4') },
  { name: 'refs/tags/v1.9.0', oid: oid('5'), peeled: oid('a') },
  { name: 'refs/tags/v1.10.0', oid: oid('6'), peeled: oid('b') },
  { name: 'refs/tags/v2.0.0-rc1', oid: oid('7') },
  { name: 'refs/tags/other/v3.0', oid: oid('8') },
];

const url = 'https://git.example.com/project.git';

const gitRefs: StepContext['gitRefs'] = async (asked, signal) => {
  signal.throwIfAborted();
  return asked === url ? refs : [];
};

describeStep('git', {
  context: () => ({ gitRefs }),
  examples: [
    { name: 'the commit of a branch', written: { git: url, branch: 'main' }, output: oid('1') },
    { name: 'the commit of an annotated tag', written: { git: url, tag: 'v1.9.0' }, output: oid('a') },
    { name: 'the commit of a plain tag', written: { git: url, tag: 'nightly' }, output: oid('4') },
    { name: 'HEAD', written: { git: url, ref: 'HEAD' }, output: oid('1') },
    { name: 'any ref', written: { git: url, ref: 'refs/notes/commits' }, output: oid('9') },
    {
      name: 'the tags of a pattern, which stays within a segment',
      written: { git: url, tags: 'v*' },
      output: ['v1.9.0', 'v1.10.0', 'v2.0.0-rc1'],
    },
    {
      name: 'the branches of a pattern, shortened',
      written: { git: url, branches: 'release/*', strip: 'release/' },
      output: ['1.9', '1.10'],
    },
    {
      name: 'commits where they are wanted',
      written: { git: url, tags: 'v1.*', give: 'oid' },
      output: [oid('a'), oid('b')],
    },
    {
      name: 'the name of a ref, to see that it is there',
      written: { git: url, branch: 'main', give: 'name' },
      output: 'main',
    },
    { name: 'the newest release among tags', written: { git: url, newest: 'version', tags: 'v*' }, output: 'v1.10.0' },
    { name: 'the newest of all tags', written: { git: url, newest: 'version' }, output: 'other/v3.0' },
    {
      name: 'the newest with pre-releases, shortened',
      written: { git: url, newest: 'version', tags: 'v*', prereleases: true, strip: 'v' },
      output: '2.0.0-rc1',
    },
    {
      name: 'the commit of the newest branch',
      written: { git: url, newest: 'version', branches: 'release/*', give: 'oid' },
      output: oid('3'),
    },
  ],
  refused: [
    { name: 'no selection', written: { git: url }, message: /say which refs/ },
    { name: 'two selections', written: { git: url, branch: 'main', tags: 'v*' }, message: /not together with branch/ },
    { name: 'the newest of one', written: { git: url, branch: 'main', newest: 'version' }, message: /only of several/ },
    {
      name: 'pre-releases without newest',
      written: { git: url, tags: '*', prereleases: true },
      message: /with newest/,
    },
    { name: 'a URL like an option', written: { git: '--upload-pack=x', branch: 'main' }, message: /not the URL/ },
    { name: 'a URL with a line break', written: { git: 'https://a\nb', branch: 'main' }, message: /not the URL/ },
    {
      name: 'a URL with a secret',
      written: { git: 'https://x:${secret:A}@h/r', branch: 'main' },
      message: /secrets are/,
    },
    { name: 'a branch like an option', written: { git: url, branch: '-x' }, message: /not the name of a ref/ },
  ],
  failures: [
    { name: 'a branch that is missing', written: { git: url, branch: 'mian' }, reason: 'no-match' },
    { name: 'a pattern that matches nothing', written: { git: url, tags: 'x*' }, reason: 'no-match' },
    {
      name: 'only pre-releases',
      written: { git: url, newest: 'version', tags: 'v2*' },
      reason: 'no-match',
      message: /prereleases/,
    },
    {
      name: 'names that are no versions',
      written: { git: url, newest: 'version', tags: 'night*' },
      reason: 'no-match',
    },
    {
      name: 'an empty repository',
      written: { git: 'https://git.example.com/empty.git', ref: 'HEAD' },
      reason: 'no-match',
    },
  ],
});

describe('several git steps on one remote', () => {
  it('ask it once in a round', async () => {
    const keys: string[] = [];
    const once: StepContext['once'] = (key, work) => {
      keys.push(key);
      return work();
    };
    const context = stepContext({ gitRefs, once });
    await runStep({ git: url, branch: 'main' }, '', context);
    await runStep({ git: url, newest: 'version', tags: 'v*' }, '', context);
    expect(keys[0]).toBe(keys[1]);
  });

  it('name the nearest ref to one that is missing', async () => {
    const context = stepContext({ gitRefs });
    await expect(runStep({ git: url, branch: 'mian' }, '', context)).rejects.toMatchObject({
      details: { ref: 'refs/heads/mian', nearest: 'refs/heads/main' },
    });
  });
});
