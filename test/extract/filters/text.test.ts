// Filter `text`: small operations on texts, lines and candidates.
import { describeStep, documentOf } from '../../contract/step.ts';

const LINES = 'one\r\n two  \n\nfour\n';

describeStep('text', {
  takes: ['document', 'text', 'list'],
  examples: [
    { name: 'a text without white space at its ends', written: { text: 'strip' }, input: ' \t1.2 \n', output: '1.2' },
    {
      name: 'runs of white space as one blank',
      written: { text: 'collapse' },
      input: documentOf(' a\n\n b\tc '),
      output: 'a b c',
    },
    { name: 'lower case', written: { text: 'lower' }, input: 'ÄBc', output: 'äbc' },
    { name: 'upper case', written: { text: 'upper' }, input: 'äbc', output: 'ÄBC' },
    { name: 'the first line', written: { text: 'head 1' }, input: LINES, output: 'one' },
    { name: 'the first lines', written: { text: 'head 2' }, input: LINES, output: 'one\n two  ' },
    { name: 'the last line', written: { text: 'tail 1' }, input: LINES, output: 'four' },
    { name: 'one line', written: { text: 'lines 2' }, input: LINES, output: ' two  ' },
    { name: 'a range of lines', written: { text: 'lines 2-4' }, input: LINES, output: ' two  \n\nfour' },
    { name: 'all lines from one on', written: { text: 'lines 3-' }, input: LINES, output: '\nfour' },
    { name: 'fewer lines than asked for', written: { text: 'head 99' }, input: LINES, output: 'one\n two  \n\nfour' },
    {
      name: 'several operations in order',
      written: { text: ['lines 2', 'strip', 'upper'] },
      input: LINES,
      output: 'TWO',
    },
    {
      name: 'the first candidates',
      written: { text: 'head 2' },
      input: { kind: 'list', items: ['a', 'b', 'c'] },
      output: ['a', 'b'],
    },
    {
      name: 'every candidate, empty ones dropped',
      written: { text: 'strip' },
      input: { kind: 'list', items: [' a', ' '] },
      output: ['a'],
    },
  ],
  refused: [
    { name: 'an unknown operation', written: { text: 'trim' }, message: /expected strip, collapse/ },
    { name: 'a line before the first', written: { text: 'lines 0' }, message: /expected/ },
    { name: 'no number of lines', written: { text: 'head' }, message: /expected/ },
    { name: 'a number that is none', written: { text: 'tail x' }, message: /expected/ },
    { name: 'an empty list', written: { text: [] }, message: /text/ },
    { name: 'a name that everything has', written: { text: 'constructor' }, message: /expected/ },
  ],
  failures: [
    { name: 'an empty text', written: { text: 'strip' }, input: ' \n ', reason: 'no-match' },
    { name: 'a line that is not there', written: { text: 'lines 9' }, input: LINES, reason: 'no-match' },
    { name: 'an empty line', written: { text: 'lines 3' }, input: LINES, reason: 'no-match' },
    { name: 'a range that ends before it starts', written: { text: 'lines 3-2' }, input: LINES, reason: 'no-match' },
    { name: 'no document', written: { text: 'head 1' }, input: documentOf(''), reason: 'no-match' },
    {
      name: 'an unknown charset',
      written: { text: 'strip' },
      input: documentOf('a', { charset: 'klingon' }),
      reason: 'not-parsable',
      message: /charset/,
    },
  ],
});
