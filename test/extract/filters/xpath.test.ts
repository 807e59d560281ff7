// Filter `xpath`: XPath 1.0 over HTML and XML.
import { describe, expect, it } from 'vitest';
import { describeStep, documentOf, failureOf, runStep } from '../../contract/step.ts';

const FEED = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="urn:x">
<entry><title>Release 3.1</title><x:id>31</x:id></entry><entry><title>Release 3.0</title><x:id>30</x:id></entry></feed>`;
const PAGE = '<p class=v>Version <b>1.2</b><p class=v>Version <b>1.3</b><table><tr><td data-x=1>cell</table><br>tail';

describeStep('xpath', {
  takes: ['document', 'text', 'list'],
  examples: [
    { name: 'a computed text', written: { xpath: 'string(//p[@class="v"][1]/b)' }, input: PAGE, output: '1.2' },
    {
      name: 'nodes, in order',
      written: { xpath: '//p/b', pick: 'all' },
      input: documentOf(PAGE),
      output: ['1.2', '1.3'],
    },
    { name: 'an attribute', written: { xpath: '//td/@data-x' }, input: PAGE, output: '1' },
    { name: 'elements that browsers add', written: { xpath: '//table/tbody/tr/td' }, input: PAGE, output: 'cell' },
    { name: 'text nodes', written: { xpath: '//text()[normalize-space()="tail"]' }, input: PAGE, output: 'tail' },
    { name: 'a number', written: { xpath: 'count(//p)' }, input: PAGE, output: '2' },
    { name: 'a truth', written: { xpath: 'count(//p) > 5' }, input: PAGE, output: 'false' },
    {
      name: 'elements of XML by their namespace',
      written: { xpath: '//a:entry[1]/n:id', namespaces: { a: 'http://www.w3.org/2005/Atom', n: 'urn:x' } },
      input: FEED,
      output: '31',
    },
    {
      name: 'elements of XML by their local name',
      written: { xpath: "string(//*[local-name()='title'])" },
      input: FEED,
      output: 'Release 3.1',
    },
  ],
  refused: [
    { name: 'an open bracket', written: { xpath: '//p[' }, message: /XPath cannot be read/ },
    { name: 'an unknown function', written: { xpath: 'nonsense()' }, message: /XPath cannot be read/ },
    { name: 'a prefix without a namespace', written: { xpath: '//a:b' }, message: /XPath cannot be read/ },
    { name: 'a variable', written: { xpath: '$x' }, message: /XPath cannot be read/ },
    { name: 'a bad prefix', written: { xpath: '//a', namespaces: { '1': 'urn:x' } }, message: /namespaces/ },
  ],
  failures: [
    { name: 'no node', written: { xpath: '//q' }, input: PAGE, reason: 'no-match' },
    { name: 'no number', written: { xpath: 'number("x")' }, input: PAGE, reason: 'no-match' },
    { name: 'several different nodes', written: { xpath: '//b' }, input: PAGE, reason: 'several-matches' },
    {
      name: 'XML that is cut off',
      written: { xpath: '//a', markup: 'xml' },
      input: '<a><b>',
      reason: 'not-parsable',
      message: /not XML/,
    },
    {
      name: 'an empty document as XML',
      written: { xpath: '//a', markup: 'xml' },
      input: documentOf(''),
      reason: 'not-parsable',
    },
    {
      name: 'bytes that are no UTF-8',
      written: { xpath: '//a' },
      input: documentOf(Buffer.from([0xff])),
      reason: 'not-parsable',
    },
  ],
});

describe('xpath', () => {
  it('expands no entity that a document defines, whatever it grows to', async () => {
    const entities = Array.from({ length: 30 }, (_, n) => `<!ENTITY e${n + 1} "&e${n};&e${n};">`).join('');
    const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "lol"><!ENTITY f SYSTEM "file:///etc/hostname">${entities}]><a><b>&e30;</b><c>&f;</c><d>1</d></a>`;
    expect(await runStep({ xpath: '//d' }, bomb)).toEqual({ kind: 'text', text: '1' });
    expect(await runStep({ xpath: '//b' }, bomb)).toEqual({ kind: 'text', text: '&e30;' });
    expect(await runStep({ xpath: '//c' }, bomb)).toEqual({ kind: 'text', text: '&f;' });
  });

  it('reads HTML that nests deeper than a stack, or says that it cannot', async () => {
    const deep = `${'<i>'.repeat(50_000)}<b id=x>1.2</b>`;
    const outcome = await runStep({ xpath: 'string(//b[@id="x"])' }, deep).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ reason: 'not-parsable' });
    else expect(outcome).toEqual({ kind: 'text', text: '1.2' });
  });

  it('says what is wrong with XML', async () => {
    const { details } = await failureOf({ xpath: '//a', markup: 'xml' }, '<a><b></a>');
    expect(details.error).toMatch(/mismatch/);
    expect(details.begins).toBe('<a><b></a>');
  });
});
