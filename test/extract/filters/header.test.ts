// Filter `header`: a header of the response.

import type { Content } from '../../../src/extract/step.ts';
import { describeStep } from '../../contract/step.ts';

const response: Content = {
  kind: 'document',
  body: new TextEncoder().encode('body'),
  headers: { etag: '"5f3c"', location: ' https://example.com/1.2 ', empty: '' },
};

describeStep('header', {
  examples: [
    { name: 'a header', written: { header: 'etag' }, input: response, output: '"5f3c"' },
    {
      name: 'a header in any case, without blanks around it',
      written: { header: 'Location' },
      input: response,
      output: 'https://example.com/1.2',
    },
  ],
  refused: [
    { name: 'a name with a blank', written: { header: 'x y' }, message: /no header name/ },
    { name: 'a name with a line break', written: { header: 'x\r\ny' }, message: /no header name/ },
  ],
  failures: [
    {
      name: 'a header that is missing',
      written: { header: 'last-modified' },
      input: response,
      reason: 'no-match',
      message: /no such header/,
    },
    { name: 'a header that is empty', written: { header: 'empty' }, input: response, reason: 'no-match' },
    { name: 'an inherited name', written: { header: 'constructor' }, input: response, reason: 'no-match' },
    {
      name: 'a text that a step narrowed',
      written: { header: 'etag' },
      input: 'text',
      reason: 'no-match',
      message: /name it in from/,
    },
    {
      name: 'a document without a response',
      written: { header: 'etag' },
      input: { kind: 'document', body: new Uint8Array() },
      reason: 'no-match',
    },
  ],
});
