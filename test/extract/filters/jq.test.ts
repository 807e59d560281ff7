// Filter `jq`: programs in a thread of their own.
import { describe, expect, it } from 'vitest';
import { describeStep, documentOf, failureOf, runStep } from '../../contract/step.ts';

const BUILDS = '[{"id":7,"arch":"amd64","ok":true},{"id":8,"arch":"arm64","ok":false}]';

describeStep('jq', {
  takes: ['document', 'text', 'list'],
  examples: [
    { name: 'a member', written: { jq: '.[0].id' }, input: BUILDS, output: '7' },
    {
      name: 'what a program composes',
      written: { jq: 'map(select(.ok)) | "\\(.[0].arch)-\\(.[0].id)"' },
      input: BUILDS,
      output: 'amd64-7',
    },
    {
      name: 'several outputs as candidates',
      written: { jq: '.[].arch', pick: 'all' },
      input: documentOf(BUILDS),
      output: ['amd64', 'arm64'],
    },
    { name: 'the newest', written: { jq: '.[].id', pick: 'newest' }, input: BUILDS, output: '8' },
    {
      name: 'a program with functions and a comment',
      written: { jq: 'def f: .id; .[0] | f # it is seven' },
      input: BUILDS,
      output: '7',
    },
    {
      name: 'one output for each of several documents',
      written: { jq: '.v', pick: 'all' },
      input: '{"v":1}\n{"v":2}',
      output: ['1', '2'],
    },
    {
      name: 'numbers as they are written',
      written: { jq: '.[]', pick: 'all' },
      input: '[1.10, 12345678901234567891]',
      output: ['1.10', '12345678901234567891'],
    },
    {
      name: 'anything as JSON',
      written: { jq: '.[0]', format: 'json' },
      input: BUILDS,
      output: '{"arch":"amd64","id":7,"ok":true}',
    },
  ],
  refused: [
    { name: 'a program that ends early', written: { jq: '.[' }, message: /cannot be read/ },
    { name: 'an unknown function', written: { jq: '.a | nonsense' }, message: /cannot be read/ },
    { name: 'a module', written: { jq: 'import "a" as a; .' }, message: /cannot be read/ },
    { name: 'an unknown pick', written: { jq: '.', pick: 'none' }, message: /pick/ },
  ],
  failures: [
    { name: 'no output', written: { jq: 'empty' }, input: BUILDS, reason: 'no-match' },
    { name: 'null', written: { jq: '.[0].nowhere' }, input: BUILDS, reason: 'no-match' },
    { name: 'several different outputs', written: { jq: '.[].id' }, input: BUILDS, reason: 'several-matches' },
    {
      name: 'a program that fails on this document',
      written: { jq: '.id' },
      input: BUILDS,
      reason: 'no-match',
      message: /fails on what comes in/,
    },
    { name: 'an error of the program', written: { jq: 'error("no")' }, input: BUILDS, reason: 'no-match' },
    { name: 'an object', written: { jq: '.[0]' }, input: BUILDS, reason: 'bad-value' },
    {
      name: 'an empty document',
      written: { jq: '.' },
      input: documentOf(''),
      reason: 'not-parsable',
      message: /empty/,
    },
    {
      name: 'HTML',
      written: { jq: '.' },
      input: documentOf('<html>', { contentType: 'text/html' }),
      reason: 'not-parsable',
      message: /HTML/,
    },
    {
      name: 'bytes that are no text',
      written: { jq: '.' },
      input: documentOf(Buffer.from([0x22, 0xff, 0x22])),
      reason: 'not-parsable',
    },
    { name: 'nesting without end', written: { jq: '.' }, input: '['.repeat(100_000), reason: 'not-parsable' },
  ],
});

describe('jq', () => {
  it('reads a large document', async () => {
    const items = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `item ${id}` }));
    expect(await runStep({ jq: 'map(select(.id % 7 == 0)) | length' }, JSON.stringify(items))).toEqual({
      kind: 'text',
      text: '2858',
    });
  });

  it('says what jq says of a program that fails', async () => {
    const { details } = await failureOf({ jq: '.a | keys' }, '{"a":1}');
    expect(details.jq).toMatch(/has no keys/);
  });
});
