// Filter `template`: composing a text from kept outputs.
import type { Content } from '../../../src/extract/step.ts';
import { describeStep, documentOf } from '../../contract/step.ts';

const kept = new Map<string, Content>([
  ['version', { kind: 'text', text: '2.61' }],
  ['page', documentOf('from a page\n')],
  ['empty', documentOf('\n')],
  ['several', { kind: 'list', items: ['a', 'b'] }],
  ['hostile', { kind: 'text', text: '${version} $& $1 $$' }],
]);

describeStep('template', {
  takes: ['document', 'text', 'list'],
  context: () => ({ kept }),
  examples: [
    {
      name: 'what comes in with a kept output',
      written: { template: '${version} (${value})' },
      input: '20290',
      output: '2.61 (20290)',
    },
    {
      name: 'a document without the line break at its end',
      written: { template: '<${page}>' },
      input: 'x',
      output: '<from a page>',
    },
    { name: 'a dollar sign', written: { template: '$$ $5 $${value} ${value}' }, input: '1', output: '$ $5 ${value} 1' },
    {
      name: 'values as they are, never as templates',
      written: { template: '${hostile}|${value}' },
      input: '${version}',
      output: '${version} $& $1 $$|${version}',
    },
  ],
  refused: [
    { name: 'a placeholder that is not closed', written: { template: '${value' }, message: /placeholder is/ },
    { name: 'an empty placeholder', written: { template: '${}' }, message: /placeholder is/ },
    { name: 'an expression', written: { template: '${1+1 }' }, message: /placeholder is/ },
    { name: 'a secret', written: { template: '${secret:TOKEN}' }, message: /secrets are for requests/ },
  ],
  failures: [
    {
      name: 'a name that nobody keeps',
      written: { template: '${versoin}' },
      input: 'x',
      reason: 'definition',
      message: /no earlier step/,
    },
    { name: 'an inherited name', written: { template: '${constructor}' }, input: 'x', reason: 'definition' },
    { name: 'several candidates', written: { template: '${several}' }, input: 'x', reason: 'several-matches' },
    { name: 'a part that is empty', written: { template: 'v${empty}' }, input: 'x', reason: 'no-match' },
    { name: 'an input that is empty', written: { template: 'v${value}' }, input: '', reason: 'no-match' },
  ],
});
