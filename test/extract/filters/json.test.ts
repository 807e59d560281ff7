// Filter `json`: what a JSONPath names, without ever evaluating code or losing what the document says.
import { describe, expect, it } from 'vitest';
import { jsonOf } from '../../../src/extract/json-text.ts';
import { describeStep, documentOf, failureOf, runStep } from '../../contract/step.ts';
import { stepContext } from '../../support/step-context.ts';

const RELEASES = JSON.stringify({
  'channel-map': [
    { channel: { name: 'beta', architecture: 'amd64' }, revision: 41, version: '1.9' },
    { channel: { name: 'beta', architecture: 'arm64' }, revision: 42, version: '1.10' },
    { channel: { name: 'edge', architecture: 'amd64' }, revision: 57, version: '1.10-rc1' },
  ],
  'a,b': 'comma',
  '@id': 'linked',
  stable: true,
  none: null,
  empty: '',
});

describeStep('json', {
  takes: ['document', 'text', 'list'],
  examples: [
    { name: 'a member', written: { json: "$['channel-map'][0].revision" }, input: RELEASES, output: '41' },
    {
      name: 'what a filter chooses',
      written: { json: "$['channel-map'][?(@.channel.name=='beta' && @.channel.architecture=='amd64')].revision" },
      input: documentOf(RELEASES),
      output: '41',
    },
    {
      name: 'the first of several',
      written: { json: '$..version', pick: 'first' },
      input: RELEASES,
      output: '1.9',
    },
    { name: 'the last of several', written: { json: '$..version', pick: 'last' }, input: RELEASES, output: '1.10-rc1' },
    { name: 'the newest of several', written: { json: '$..version', pick: 'newest' }, input: RELEASES, output: '1.10' },
    {
      name: 'all of several, in order',
      written: { json: '$..version', pick: 'all' },
      input: RELEASES,
      output: ['1.9', '1.10', '1.10-rc1'],
    },
    {
      name: 'several equal matches as one',
      written: { json: "$..[?(@.name=='beta')].name" },
      input: RELEASES,
      output: 'beta',
    },
    { name: 'the last item', written: { json: "$['channel-map'][-1].revision" }, input: RELEASES, output: '57' },
    {
      name: 'a slice',
      written: { json: "$['channel-map'][1:].revision", pick: 'all' },
      input: RELEASES,
      output: ['42', '57'],
    },
    {
      name: 'a union',
      written: { json: "$['channel-map'][0,2].revision", pick: 'all' },
      input: RELEASES,
      output: ['41', '57'],
    },
    { name: 'a name with a comma', written: { json: "$['a,b']" }, input: RELEASES, output: 'comma' },
    { name: 'a name with a sign', written: { json: "$['@id']" }, input: RELEASES, output: 'linked' },
    {
      name: 'names of members',
      written: { json: '$.a.*~', pick: 'all' },
      input: '{"a":{"1.0":{},"1.1":{}}}',
      output: ['1.0', '1.1'],
    },
    {
      name: 'a parent',
      written: { json: '$..[?(@.id==2)]^.of' },
      input: '{"x":{"of":"here","list":{"id":2}}}',
      output: 'here',
    },
    { name: 'the length of a list', written: { json: "$['channel-map'].length" }, input: RELEASES, output: '3' },
    { name: 'a truth', written: { json: '$.stable' }, input: RELEASES, output: 'true' },
    { name: 'a whole document that is a number', written: { json: '$' }, input: '17', output: '17' },
    { name: 'a number as it is written', written: { json: '$.version' }, input: '{"version": 1.10}', output: '1.10' },
    {
      name: 'a number that is too long to count with',
      written: { json: '$[?(@.id > 5)].id' },
      input: '[{"id":12345678901234567891}]',
      output: '12345678901234567891',
    },
    {
      name: 'anything as canonical JSON',
      written: { json: '$', format: 'json' },
      input: '{"b":[1.0,{"d":null,"c":"x"}],"a":true}',
      output: '{"a":true,"b":[1.0,{"c":"x","d":null}]}',
    },
  ],
  refused: [
    { name: 'a path without $', written: { json: 'a.b' }, message: /starts with \$/ },
    { name: 'an open bracket', written: { json: '$.a[0' }, message: /bracket is not closed \(character 4\)/ },
    { name: 'an open quote', written: { json: "$['a" }, message: /quoted text is not closed/ },
    { name: 'empty brackets', written: { json: '$[]' }, message: /brackets are empty/ },
    { name: 'a bare name in brackets', written: { json: '$[a]' }, message: /name in quotes/ },
    { name: 'a dot at the end', written: { json: '$.a.' }, message: /expected a name/ },
    { name: 'two dots at the end', written: { json: '$..' }, message: /expected a name|needs a name/ },
    { name: 'a script', written: { json: '$[(@.length-1)]' }, message: /scripts are not run/ },
    { name: 'a call', written: { json: '$[?(@.name.match(/x/))]' }, message: /cannot be read|call no functions/ },
    {
      name: 'a constructor that is called',
      written: { json: '$[?(@.constructor.constructor("return 1")())]' },
      message: /call no functions/,
    },
    { name: 'a global name', written: { json: '$[?(process)]' }, message: /process is not known in filters/ },
    { name: 'an assignment', written: { json: '$[?(@.a = 1)]' }, message: /cannot be read|not known/ },
    { name: 'an arrow', written: { json: '$[?((() => 1)())]' }, message: /cannot be read|filters/ },
    { name: 'this', written: { json: '$[?(this)]' }, message: /filters hold/ },
    { name: 'a filter that ends early', written: { json: '$[?(@.a == )]' }, message: /cannot be read/ },
    { name: 'a bad pattern in a filter', written: { json: "$[?(@.a =~ '(')]" }, message: /not valid/ },
    { name: 'something after a name', written: { json: '$.a~.b' }, message: /nothing can follow/ },
    { name: 'a slice of nothing', written: { json: '$[0:0]' }, message: /selects nothing/ },
    { name: 'a union with a comma in a name', written: { json: "$['a,b','c']" }, message: /comma/ },
    { name: 'an unknown pick', written: { json: '$.a', pick: 'any' }, message: /pick/ },
    {
      name: 'a path of thousands of segments',
      written: { json: `$${'[0]'.repeat(500)}` },
      message: /too many segments/,
    },
  ],
  failures: [
    { name: 'several different matches', written: { json: '$..revision' }, input: RELEASES, reason: 'several-matches' },
    { name: 'no match', written: { json: '$.nowhere' }, input: RELEASES, reason: 'no-match' },
    { name: 'null', written: { json: '$.none' }, input: RELEASES, reason: 'no-match' },
    { name: 'an empty text', written: { json: '$.empty' }, input: RELEASES, reason: 'no-match' },
    {
      name: 'an object',
      written: { json: "$['channel-map'][0]" },
      input: RELEASES,
      reason: 'bad-value',
      message: /object/,
    },
    { name: 'a list', written: { json: "$['channel-map']" }, input: RELEASES, reason: 'bad-value', message: /list/ },
    { name: 'letters of a text', written: { json: '$.stable[0]' }, input: '{"stable":"1.0"}', reason: 'no-match' },
    { name: 'an inherited member', written: { json: '$.constructor.name' }, input: '{}', reason: 'no-match' },
    { name: 'a prototype', written: { json: '$.__proto__.toString' }, input: '{}', reason: 'no-match' },
    {
      name: 'an empty document',
      written: { json: '$.a' },
      input: documentOf(''),
      reason: 'not-parsable',
      message: /empty/,
    },
    {
      name: 'HTML',
      written: { json: '$.a' },
      input: documentOf('<!doctype html><title>Sign in</title>', { contentType: 'text/html' }),
      reason: 'not-parsable',
      message: /HTML or XML, not JSON/,
    },
    { name: 'a document that is cut off', written: { json: '$.a' }, input: '{"a": 1', reason: 'not-parsable' },
    {
      name: 'bytes that are no UTF-8',
      written: { json: '$.a' },
      input: documentOf(Buffer.from([0x22, 0xff, 0x22])),
      reason: 'not-parsable',
      message: /charset/,
    },
    { name: 'NUL bytes', written: { json: '$.a' }, input: documentOf('{"a":"\0"}'), reason: 'not-parsable' },
    {
      name: 'nesting without end, searched',
      written: { json: '$..a' },
      input: `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      reason: 'not-parsable',
      message: /nests too deeply/,
    },
    {
      name: 'nesting without end, as JSON',
      written: { json: '$', format: 'json' },
      input: `${'[1,'.repeat(9_000)}1${']'.repeat(9_000)}`,
      reason: 'not-parsable',
      message: /nests too deeply/,
    },
  ],
});

describe('json', () => {
  it('names the first three of several matches, shortened', async () => {
    const { details } = await failureOf({ json: '$[*]' }, JSON.stringify(['a', 'b', 'c'.repeat(500), 'd']));
    expect(details).toMatchObject({ candidates: 4 });
    expect(details.first).toMatch(/^"a", "b", "c{60}…"$/);
  });

  it('says what a document is that is not JSON', async () => {
    const page = documentOf('<html>\u001b[31m Not found', { contentType: 'text/html; charset=utf-8' });
    const { details } = await failureOf({ json: '$.a' }, page);
    expect(details.content_type).toBe('text/html; charset=utf-8');
    expect(details.begins).toBe('<html>\ufffd[31m Not found');
  });

  it('walks a plain path to any depth', async () => {
    const deep = `${'{"a":'.repeat(50)}"end"${'}'.repeat(50)}`;
    expect(await runStep({ json: `$${'.a'.repeat(50)}` }, deep)).toEqual({ kind: 'text', text: 'end' });
    const deeper = `{"a":"here","b":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(await runStep({ json: '$.a' }, deeper)).toEqual({ kind: 'text', text: 'here' });
  });

  it('stops a search that would not end', async () => {
    const nested = JSON.stringify(Array.from({ length: 60 }, (_, index) => [index, [index]]));
    const never = `$${'..*'.repeat(12)}`;
    const controller = new AbortController();
    const context = stepContext({ signal: controller.signal });
    const outcome = failureOf({ json: never, pick: 'first' }, `[${`${nested},`.repeat(50)}1]`, context);
    controller.abort();
    expect((await outcome).reason).toBe('cancelled');
  });

  it('reads a large document once, however many steps look at it', () => {
    const document = documentOf(JSON.stringify({ a: 'x'.repeat(10_000) }));
    expect(jsonOf(document)).toBe(jsonOf(document));
  });

  it('takes UTF-16 and a byte order mark as what they are', async () => {
    const utf16 = documentOf(Buffer.from('\ufeff{"a":"ä"}', 'utf16le'));
    expect(await runStep({ json: '$.a' }, utf16)).toEqual({ kind: 'text', text: 'ä' });
    expect(await runStep({ json: '$.a' }, documentOf('\ufeff{"a":"ä"}'))).toEqual({ kind: 'text', text: 'ä' });
  });
});
