// Filter `semver`: the newest version within a range.
import { describeStep, documentOf } from '../../contract/step.ts';

const TAGS = 'v1.2.0\nv1.10.1\nv2.0.0\nv2.1.0-rc.1\nnightly\n';

describeStep('semver', {
  takes: ['document', 'text'],
  examples: [
    { name: 'the newest in a range, as it is written', written: { semver: '^1.2' }, input: TAGS, output: 'v1.10.1' },
    {
      name: 'the newest wherever it stands',
      written: { semver: '*' },
      input: '1.9.0\n1.10.0\n1.2.0',
      output: '1.10.0',
    },
    { name: 'the newest of all', written: { semver: '*' }, input: documentOf(TAGS), output: 'v2.0.0' },
    {
      name: 'pre-releases where they are asked for',
      written: { semver: '*', prereleases: true },
      input: TAGS,
      output: 'v2.1.0-rc.1',
    },
    {
      name: 'pre-releases that the range names',
      written: { semver: '>=2.1.0-0 <3' },
      input: TAGS,
      output: 'v2.1.0-rc.1',
    },
    {
      name: 'versions of two numbers, with zeros',
      written: { semver: '>=20 <24' },
      input: '22.04\n24.04\n20.10',
      output: '22.04',
    },
    {
      name: 'the one candidate',
      written: { semver: '1.x' },
      input: { kind: 'list', items: ['1.0.0'] },
      output: '1.0.0',
    },
    { name: 'the latest build', written: { semver: '*' }, input: '1.0.0+2\n1.0.0+10', output: '1.0.0+10' },
  ],
  refused: [
    { name: 'no range', written: { semver: 'newest' }, message: /no range of versions/ },
    { name: 'an unknown option', written: { semver: '*', prerelease: true }, message: /prerelease/ },
  ],
  failures: [
    {
      name: 'no version in the range',
      written: { semver: '^3' },
      input: TAGS,
      reason: 'no-match',
      message: /in the range/,
    },
    { name: 'pre-releases only', written: { semver: '*' }, input: '1.0.0-beta', reason: 'no-match' },
    { name: 'no version at all', written: { semver: '*' }, input: 'latest', reason: 'no-match' },
    { name: 'an empty document', written: { semver: '*' }, input: documentOf(''), reason: 'no-match' },
  ],
});
