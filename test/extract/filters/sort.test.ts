// Filter `sort`: lines and candidates in order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/extract/text-of.ts';
import { describeStep, documentOf, runStep } from '../../contract/step.ts';

describeStep('sort', {
  takes: ['document', 'text'],
  examples: [
    { name: 'versions', written: { sort: 'version' }, input: '1.10\n1.9\n1.10-rc1\n', output: '1.9\n1.10-rc1\n1.10' },
    {
      name: 'the newest version first',
      written: { sort: 'version', reverse: true },
      input: documentOf('1.9\r\n1.10'),
      output: '1.10\n1.9',
    },
    {
      name: 'numbers, texts without one first',
      written: { sort: 'number' },
      input: 'build 10\nbuild 9\n-1.5\nx',
      output: 'x\n-1.5\nbuild 9\nbuild 10',
    },
    { name: 'texts by code point', written: { sort: 'text' }, input: 'b\nB\nä\na', output: 'B\na\nb\nä' },
    { name: 'equal ones once', written: { sort: 'text', unique: true }, input: 'b\na\nb', output: 'a\nb' },
    {
      name: 'candidates',
      written: { sort: 'version' },
      input: { kind: 'list', items: ['v2', 'v1'] },
      output: ['v1', 'v2'],
    },
  ],
  refused: [
    { name: 'an unknown order', written: { sort: 'date' }, message: /sort/ },
    { name: 'a reverse that is no truth', written: { sort: 'text', reverse: 'yes' }, message: /reverse/ },
  ],
  failures: [
    { name: 'an empty document', written: { sort: 'text' }, input: documentOf(''), reason: 'no-match' },
    {
      name: 'bytes that are no text',
      written: { sort: 'text' },
      input: documentOf(Buffer.from([0xff])),
      reason: 'not-parsable',
    },
  ],
});

describe('sort', () => {
  it.each(['version', 'number', 'text'])('by %s gives the same order whatever the order was', async (sort) => {
    const lines = fc.array(fc.stringMatching(/^[a-c0-9.-]{1,6}$/), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lines, async (items) => {
        const sorted = linesOf(await runStep({ sort }, { kind: 'list', items }));
        const again = linesOf(await runStep({ sort }, { kind: 'list', items: items.toReversed() }));
        expect(again).toEqual(sorted);
        expect([...sorted].sort()).toEqual([...items].sort());
      }),
    );
  });
});
