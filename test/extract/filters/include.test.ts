// Filter `include`: the lines and candidates that match.
import { describe, expect, it } from 'vitest';
import { describeStep, documentOf, runStep } from '../../contract/step.ts';

const FILES = 'app-1.5-amd64.deb\napp-1.5-arm64.deb\nREADME\n';

describeStep('include', {
  takes: ['document', 'text', 'list'],
  examples: [
    { name: 'the line that matches', written: { include: 'README' }, input: 'README', output: 'README' },
    {
      name: 'lines that match',
      written: { include: '\\.deb$' },
      input: documentOf(FILES),
      output: 'app-1.5-amd64.deb\napp-1.5-arm64.deb',
    },
    {
      name: 'lines that match one of several',
      written: { include: ['arm64', '^READ'] },
      input: FILES,
      output: 'app-1.5-arm64.deb\nREADME',
    },
    {
      name: 'lines that match in any case',
      written: { include: 'readme', flags: 'i' },
      input: FILES,
      output: 'README',
    },
    {
      name: 'candidates that match',
      written: { include: '^a' },
      input: { kind: 'list', items: ['a1', 'b1', 'a2'] },
      output: ['a1', 'a2'],
    },
  ],
  refused: [
    { name: 'an open group', written: { include: '(' }, message: /not valid/ },
    { name: 'an open group among others', written: { include: ['a', '('] }, message: /not valid/ },
    { name: 'no expression', written: { include: [] }, message: /include/ },
  ],
  failures: [
    {
      name: 'lines of which none matches',
      written: { include: 'x' },
      input: FILES,
      reason: 'no-match',
      message: /no line is left/,
    },
    { name: 'an empty document', written: { include: '.' }, input: documentOf(''), reason: 'no-match' },
    {
      name: 'bytes that are no text',
      written: { include: '.' },
      input: documentOf(Buffer.from([0xff])),
      reason: 'not-parsable',
    },
  ],
});

describe('include', () => {
  it('chooses among very many lines, in a thread', async () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
    expect(await runStep({ include: '^line 49999$' }, lines.join('\n'))).toEqual({ kind: 'text', text: 'line 49999' });
  });
});
