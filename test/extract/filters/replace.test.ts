// Filter `replace`: replacing what matches.
import { describe, expect, it } from 'vitest';
import { describeStep, documentOf, runStep } from '../../contract/step.ts';

describeStep('replace', {
  takes: ['document', 'text', 'list'],
  examples: [
    {
      name: 'a text with groups put in order',
      written: { replace: '^r_(\\d+)_(\\d+)$', with: '$1.$2' },
      input: 'r_1_2',
      output: '1.2',
    },
    {
      name: 'named groups',
      written: { replace: '(?<a>\\d)-(?<b>\\d)', with: '$<b>-$<a>' },
      input: '1-2',
      output: '2-1',
    },
    {
      name: 'the match and a dollar sign',
      written: { replace: '\\d+', with: '$$$&' },
      input: 'cost 5',
      output: 'cost $5',
    },
    { name: 'nothing for every match', written: { replace: '[a-z]' }, input: documentOf('a1b2'), output: '12' },
    {
      name: 'the text as it is where nothing matches',
      written: { replace: 'x', with: 'y' },
      input: 'abc',
      output: 'abc',
    },
    {
      name: 'literal texts as they stand',
      written: { replace: '.*', with: '$1', literal: true },
      input: 'a.*b.*',
      output: 'a$1b$1',
    },
    { name: 'matches in any case', written: { replace: 'RELEASE-', flags: 'i' }, input: 'release-3', output: '3' },
    {
      name: 'every candidate',
      written: { replace: '^v', with: '' },
      input: { kind: 'list', items: ['v1', 'v', '2'] },
      output: ['1', '2'],
    },
  ],
  refused: [
    { name: 'an open group', written: { replace: '(' }, message: /not valid/ },
    { name: 'a group that does not exist', written: { replace: '(a)', with: '$2' }, message: /no such group/ },
    { name: 'a name that does not exist', written: { replace: '(?<a>a)', with: '$<b>' }, message: /no such group/ },
    { name: 'an unknown flag', written: { replace: 'a', flags: 'x' }, message: /flags are/ },
  ],
  failures: [
    { name: 'a text of which nothing is left', written: { replace: '.' }, input: 'abc', reason: 'no-match' },
    {
      name: 'bytes that are no text',
      written: { replace: '.' },
      input: documentOf(Buffer.from([0xff])),
      reason: 'not-parsable',
    },
  ],
});

describe('replace', () => {
  it('does the same to a long text, in a thread', async () => {
    const long = 'ab'.repeat(150_000);
    expect(await runStep({ replace: 'a(b)', with: '<$1>' }, long)).toEqual({
      kind: 'text',
      text: '<b>'.repeat(150_000),
    });
  });
});
