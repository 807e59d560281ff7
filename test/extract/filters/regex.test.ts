// Filter `regex`: what a regular expression captures, in linear time.
import { describe, expect, it } from 'vitest';
import { describeStep, documentOf, runStep } from '../../contract/step.ts';
import { stepContext } from '../../support/step-context.ts';

const SUMS = '9b1c  app-1.4.iso\n77af  app-1.10.iso\n';

describeStep('regex', {
  takes: ['document', 'text', 'list'],
  examples: [
    {
      name: 'the first group',
      written: { regex: 'app-(\\d+\\.\\d+)\\.iso', pick: 'first' },
      input: SUMS,
      output: '1.4',
    },
    {
      name: 'the newest of several',
      written: { regex: 'app-([\\d.]+)\\.iso', pick: 'newest' },
      input: documentOf(SUMS),
      output: '1.10',
    },
    { name: 'the last of several', written: { regex: '(\\w+) +app', pick: 'last' }, input: SUMS, output: '77af' },
    {
      name: 'all of several',
      written: { regex: 'app-[\\d.]+\\d', pick: 'all' },
      input: SUMS,
      output: ['app-1.4', 'app-1.10'],
    },
    { name: 'the whole match where there is no group', written: { regex: '[\\d.]+10' }, input: SUMS, output: '1.10' },
    { name: 'a named group before others', written: { regex: '(\\w+)  app-(?<v>1\\.4)' }, input: SUMS, output: '1.4' },
    {
      name: 'the group named value before all',
      written: { regex: '(?<a>app)-(?P<value>1\\.4)' },
      input: SUMS,
      output: '1.4',
    },
    { name: 'a group by its number', written: { regex: '(\\w+)  app-(1\\.4)', group: 2 }, input: SUMS, output: '1.4' },
    {
      name: 'a group by its name',
      written: { regex: '(?<sum>\\w+)  app-(?<v>1\\.4)', group: 'sum' },
      input: SUMS,
      output: '9b1c',
    },
    { name: 'the whole match as group 0', written: { regex: 'app-(1\\.4)', group: 0 }, input: SUMS, output: 'app-1.4' },
    { name: 'matches in any case', written: { regex: 'APP-(1\\.4)', flags: 'i' }, input: SUMS, output: '1.4' },
    {
      name: 'matches at the start of a line',
      written: { regex: '^(77\\w+)', flags: 'm' },
      input: SUMS,
      output: '77af',
    },
    { name: 'equal matches as one', written: { regex: 'v(\\d)' }, input: 'v1 and v1', output: '1' },
    {
      name: 'the candidates that match',
      written: { regex: 'v(.*)', pick: 'all' },
      input: { kind: 'list', items: ['v1', 'x', 'v2'] },
      output: ['1', '2'],
    },
  ],
  refused: [
    { name: 'an open group', written: { regex: '(' }, message: /not valid/ },
    { name: 'looking ahead', written: { regex: 'a(?=b)' }, message: /linear time/ },
    { name: 'references back', written: { regex: '(a)\\1' }, message: /linear time/ },
    { name: 'an unknown flag', written: { regex: 'a', flags: 'g' }, message: /flags are i, m and s/ },
    { name: 'a group that does not exist', written: { regex: '(a)', group: 2 }, message: /no such group/ },
    { name: 'a name that does not exist', written: { regex: '(?<a>a)', group: 'b' }, message: /no such group/ },
    {
      name: 'an expression that is too large',
      written: { regex: '((((a{100}){100}){100}){100})' },
      message: /not valid|too large/,
    },
  ],
  failures: [
    { name: 'no match', written: { regex: 'x' }, input: SUMS, reason: 'no-match' },
    { name: 'an empty match', written: { regex: 'x*' }, input: SUMS, reason: 'no-match' },
    { name: 'a group that took no part', written: { regex: 'app|(x)' }, input: SUMS, reason: 'no-match' },
    {
      name: 'several different matches',
      written: { regex: 'app-([\\d.]+)\\.iso' },
      input: SUMS,
      reason: 'several-matches',
    },
    {
      name: 'candidates of which none matches',
      written: { regex: 'x' },
      input: { kind: 'list', items: ['a', 'b'] },
      reason: 'no-match',
    },
    {
      name: 'bytes that are no text',
      written: { regex: 'x' },
      input: documentOf(Buffer.from([0xff])),
      reason: 'not-parsable',
    },
  ],
});

describe('regex', () => {
  it('takes linear time for what makes others hang', async () => {
    const hostile = `${'a'.repeat(100_000)}!`;
    for (const regex of ['(a+)+$', '(a|aa)+$', '(a|a?)+$', '(.*a){20}$', '^(([a-z])+.)+[A-Z]([a-z])+$'])
      await expect(runStep({ regex }, hostile)).rejects.toMatchObject({ reason: 'no-match' });
  });

  it('moves to a thread that can be stopped where finding all matches takes too long', async () => {
    // Each match looks at all that follows: quadratic even where one match is linear.
    const controller = new AbortController();
    const { evaluate } = stepContext();
    const context = stepContext({
      signal: controller.signal,
      evaluate: (task, signal) => {
        const working = evaluate<never>(task, signal);
        controller.abort();
        return working;
      },
    });
    const found = runStep({ regex: 'x(.*y)?', pick: 'last' }, 'x'.repeat(150_000), context);
    await expect(found).rejects.toMatchObject({ reason: 'cancelled' });
  });

  it('finds the same in a thread as here', async () => {
    const long = `${'- \n'.repeat(100_000)}v1.2\n`;
    expect(await runStep({ regex: '^v(?<n>.*)$', flags: 'm' }, long)).toEqual({ kind: 'text', text: '1.2' });
  });
});
