// Filter `css`: elements of HTML and XML.
import { describe, expect, it } from 'vitest';
import { describeStep, documentOf, runStep } from '../../contract/step.ts';

const PAGE = `<!doctype html><title>Downloads</title>
<table class=files><tr><td>app <b>1.4</b></td><td><a href="app-1.4.tar.gz">get</a></td></tr>
<tr><td>app <b>1.10</b></td><td><a href="app-1.10.tar.gz">get</a></td></tr></table><h1> Version  2 </h1>`;

describeStep('css', {
  takes: ['document', 'text', 'list'],
  examples: [
    { name: 'the text of an element, trimmed', written: { css: 'h1' }, input: PAGE, output: 'Version  2' },
    {
      name: 'an attribute',
      written: { css: 'a', attribute: 'href', pick: 'newest' },
      input: PAGE,
      output: 'app-1.10.tar.gz',
    },
    {
      name: 'several elements, in order',
      written: { css: 'td b', pick: 'all' },
      input: documentOf(PAGE),
      output: ['1.4', '1.10'],
    },
    {
      name: 'elements that browsers add',
      written: { css: 'table > tbody > tr:first-child b' },
      input: PAGE,
      output: '1.4',
    },
    {
      name: 'the text of inner elements',
      written: { css: 'td:has(b)', pick: 'first' },
      input: PAGE,
      output: 'app 1.4',
    },
    {
      name: 'elements of XML by its content type',
      written: { css: 'metadata > latest' },
      input: documentOf('<metadata><latest>3.1</latest></metadata>', { contentType: 'application/xml' }),
      output: '3.1',
    },
    {
      name: 'elements of XML by its declaration',
      written: { css: 'Latest' },
      input: '<?xml version="1.0"?><a><Latest>3</Latest></a>',
      output: '3',
    },
    {
      name: 'elements of XML because the definition says so',
      written: { css: 'a > B', markup: 'xml' },
      input: '<a><B>3</B></a>',
      output: '3',
    },
  ],
  refused: [
    { name: 'an open bracket', written: { css: 'a[' }, message: /selector cannot be read/ },
    { name: 'an unknown pseudo-class', written: { css: 'a:nonsense' }, message: /selector cannot be read/ },
    { name: 'an empty attribute', written: { css: 'a', attribute: '' }, message: /attribute/ },
    { name: 'an unknown markup', written: { css: 'a', markup: 'pdf' }, message: /markup/ },
  ],
  failures: [
    { name: 'no element', written: { css: '.missing' }, input: PAGE, reason: 'no-match' },
    {
      name: 'elements without the attribute',
      written: { css: 'td', attribute: 'href' },
      input: PAGE,
      reason: 'no-match',
    },
    { name: 'several different elements', written: { css: 'b' }, input: PAGE, reason: 'several-matches' },
    { name: 'an empty page', written: { css: 'a' }, input: documentOf(''), reason: 'no-match' },
    {
      name: 'bytes that are no UTF-8',
      written: { css: 'a' },
      input: documentOf(Buffer.from('<a>\xff', 'latin1')),
      reason: 'not-parsable',
    },
  ],
});

describe('css', () => {
  it('reads the charset that the page declares', async () => {
    const page = Buffer.from('<meta charset="iso-8859-1"><p>caf\xe9', 'latin1');
    expect(await runStep({ css: 'p' }, documentOf(page))).toEqual({ kind: 'text', text: 'café' });
  });

  it('finds what nests deeper than a stack', async () => {
    const deep = `${'<div>'.repeat(20_000)}<b>1.2</b>`;
    expect(await runStep({ css: 'b' }, deep)).toEqual({ kind: 'text', text: '1.2' });
  });
});
