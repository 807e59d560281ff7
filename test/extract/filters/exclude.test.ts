// Filter `exclude`: the lines and candidates that do not match.
import { describeStep, documentOf } from '../../contract/step.ts';

const FILES = '1.4\n1.5-beta\n1.5-rc1\n';

describeStep('exclude', {
  takes: ['document', 'text'],
  examples: [
    { name: 'lines that match none of several', written: { exclude: ['beta', 'rc'] }, input: FILES, output: '1.4' },
    { name: 'lines that do not match', written: { exclude: 'beta' }, input: documentOf(FILES), output: '1.4\n1.5-rc1' },
    {
      name: 'lines that do not match in any case',
      written: { exclude: 'BETA|RC', flags: 'i' },
      input: FILES,
      output: '1.4',
    },
    {
      name: 'candidates that do not match',
      written: { exclude: '-' },
      input: { kind: 'list', items: ['1', '1-a'] },
      output: ['1'],
    },
  ],
  refused: [
    { name: 'an open group', written: { exclude: '[' }, message: /not valid/ },
    { name: 'looking behind', written: { exclude: '(?<=a)b' }, message: /linear time|not valid/ },
  ],
  failures: [
    {
      name: 'lines that all match',
      written: { exclude: '1' },
      input: FILES,
      reason: 'no-match',
      message: /no line is left/,
    },
    { name: 'an empty document', written: { exclude: 'x' }, input: documentOf(''), reason: 'no-match' },
  ],
});
