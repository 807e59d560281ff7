// Filter `feed`: entries of RSS, Atom and JSON Feed.
import { describe, expect, it } from 'vitest';
import { describeStep, documentOf, failureOf, runStep } from '../../contract/step.ts';

const RSS_2 = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Project news</title><link>https://example.com/</link>
<item><media:title>A picture</media:title><title>Meet us</title><pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate>
  <atom:link rel="self" href="https://example.com/self"/><link>https://example.com/meet</link><guid>urn:1</guid></item>
<item><title><![CDATA[Release 1.10
  & more]]></title><pubDate>Sat, 07 Mar 2026 13:00:00 +0100</pubDate>
  <guid>https://example.com/1.10</guid></item>
<item><title>Release 1.9 &#169; &lt;b&gt;</title><pubDate>Fri, 06 Mar 26 23:00 EST</pubDate>
  <link>https://example.com/1.9</link><guid isPermaLink="false">1.9</guid></item>
</channel></rss>`;

/** Without namespaces and without dates, as in the last century. */
const RSS_09 = `<rss version="0.91"><channel><title>News</title>
<item><title>Second</title><link>https://example.com/2</link></item>
<item><title>First</title><link>https://example.com/1</link></item></channel></rss>`;

const RSS_1 = `
<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://example.com/"><title>News</title></channel>
<item rdf:about="https://example.com/old"><title>Old</title><link>https://example.com/old</link><dc:date>2026-03-01</dc:date></item>
<item rdf:about="urn:new"><title>New</title><link>https://example.com/new</link><dc:date>2026-03-02T09:30+01:00</dc:date></item>
</rdf:RDF>`;

const ATOM = `<?xml version="1.0"?><a:feed xmlns:a="http://www.w3.org/2005/Atom" xmlns:x="urn:x"><a:title>Releases</a:title>
<a:entry><a:id>tag:1</a:id><a:title>v1.0</a:title><a:updated>2026-03-09T00:00:00Z</a:updated>
  <a:published>2026-01-01T00:00:00Z</a:published><a:link href="https://example.com/1"/></a:entry>
<a:entry><a:id>tag:2</a:id><x:title>not this</x:title><a:title type="html">v2.0 &lt;em&gt;R&amp;amp;D&lt;/em&gt;</a:title>
  <a:updated>2026-02-01T00:00:00.5Z</a:updated>
  <a:link rel="enclosure" href="https://example.com/2.zip"/><a:link rel="alternate" href=" https://example.com/2 "/></a:entry>
<a:entry><a:id>tag:3</a:id><a:title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">v0.<b>9</b></div></a:title>
  <a:updated>2025-12-01T00:00:00Z</a:updated></a:entry></a:feed>`;

const JSON_FEED = JSON.stringify({
  version: 'https://jsonfeed.org/version/1.1',
  title: 'News',
  items: [
    { id: 1, title: 'One', url: 'https://example.com/1', date_published: '2026-03-01T00:00:00Z' },
    { id: '2', external_url: 'https://example.org/2', content_text: 'no title', date_modified: '2026-03-02T00:00:00Z' },
  ],
});

const rss = (...items: readonly string[]) =>
  `<rss version="2.0"><channel>${items.map((item) => `<item>${item}</item>`).join('')}</channel></rss>`;

describeStep('feed', {
  takes: ['document', 'text', 'list'],
  examples: [
    {
      name: 'the title of the newest entry, wherever it stands, on one line',
      written: { feed: 'title' },
      input: RSS_2,
      output: 'Release 1.10 & more',
    },
    {
      name: 'its address, where that is its id',
      written: { feed: 'link' },
      input: RSS_2,
      output: 'https://example.com/1.10',
    },
    { name: 'its date', written: { feed: 'date' }, input: RSS_2, output: '2026-03-07T12:00:00Z' },
    { name: 'its id', written: { feed: 'id' }, input: RSS_2, output: 'https://example.com/1.10' },
    {
      name: 'the oldest entry',
      written: { feed: 'title', pick: 'last' },
      input: RSS_2,
      output: 'Meet us',
    },
    {
      name: 'the newest entry of a title',
      written: { feed: 'id', include: '^Release 1\\.9' },
      input: RSS_2,
      output: '1.9',
    },
    {
      name: 'all entries of a title, the newest first',
      written: { feed: 'title', include: '(?i)^release', pick: 'all' },
      input: RSS_2,
      output: ['Release 1.10 & more', 'Release 1.9 © <b>'],
    },
    {
      name: 'the newest version',
      written: { feed: 'link', include: 'Release', pick: 'newest' },
      input: RSS_2,
      output: 'https://example.com/1.10',
    },
    {
      name: 'the first entry of a feed without dates',
      written: { feed: 'title' },
      input: RSS_09,
      output: 'Second',
    },
    { name: 'an entry of RSS 1.0', written: { feed: 'title' }, input: RSS_1, output: 'New' },
    { name: 'the id of an entry of RSS 1.0', written: { feed: 'id' }, input: RSS_1, output: 'urn:new' },
    {
      name: 'the date of an entry of RSS 1.0',
      written: { feed: 'date' },
      input: RSS_1,
      output: '2026-03-02T08:30:00Z',
    },
    {
      name: 'an entry of Atom by when it was published, its title without markup',
      written: { feed: 'title' },
      input: ATOM,
      output: 'v2.0 R&D',
    },
    { name: 'the page of an entry of Atom', written: { feed: 'link' }, input: ATOM, output: 'https://example.com/2' },
    { name: 'a date with fractions', written: { feed: 'date' }, input: ATOM, output: '2026-02-01T00:00:00.500Z' },
    { name: 'a title with elements', written: { feed: 'title', pick: 'last' }, input: ATOM, output: 'v0.9' },
    { name: 'an entry of a JSON feed', written: { feed: 'link' }, input: JSON_FEED, output: 'https://example.org/2' },
    {
      name: 'the title of one in a JSON feed',
      written: { feed: 'title', include: 'One' },
      input: documentOf(JSON_FEED, { contentType: 'application/feed+json' }),
      output: 'One',
    },
    { name: 'an id that is a number', written: { feed: 'id', pick: 'last' }, input: JSON_FEED, output: '1' },
  ],
  refused: [
    { name: 'another part', written: { feed: 'author' }, message: /title/ },
    { name: 'a pattern that is none', written: { feed: 'title', include: '(' }, message: /include/ },
    { name: 'another pick', written: { feed: 'title', pick: 'second' }, message: /pick/ },
  ],
  failures: [
    {
      name: 'a page',
      written: { feed: 'title' },
      input: '<!DOCTYPE html><html><p>News</html>',
      reason: 'not-parsable',
      message: /no feed .*: check the address/,
    },
    { name: 'other XML', written: { feed: 'title' }, input: '<sitemap/>', reason: 'not-parsable', message: /no feed/ },
    {
      name: 'other JSON',
      written: { feed: 'title' },
      input: '{"items":[]}',
      reason: 'not-parsable',
      message: /no feed/,
    },
    { name: 'XML that is cut off', written: { feed: 'title' }, input: '<rss><channel>', reason: 'not-parsable' },
    { name: 'an empty document', written: { feed: 'title' }, input: documentOf(''), reason: 'not-parsable' },
    { name: 'plain text', written: { feed: 'title' }, input: 'sorry', reason: 'not-parsable', message: /no feed/ },
    {
      name: 'a feed without entries',
      written: { feed: 'title' },
      input: rss(),
      reason: 'no-match',
      message: /no entry/,
    },
    {
      name: 'a title that no entry has',
      written: { feed: 'title', include: '^Draft' },
      input: RSS_2,
      reason: 'no-match',
      message: /compare include with the titles/,
    },
    {
      name: 'a newest entry without what is wanted, though others have it',
      written: { feed: 'title' },
      input: JSON_FEED,
      reason: 'no-match',
      message: /no such part: take another one/,
    },
    {
      name: 'several entries where there may be only one',
      written: { feed: 'title', pick: 'only' },
      input: RSS_2,
      reason: 'several-matches',
    },
  ],
});

describe('feed', () => {
  it.each([
    ['Tue, 03 Mar 2026 12:00:00', '2026-03-03T12:00:00Z'],
    ['3 March 2026 12:00 UT', '2026-03-03T12:00:00Z'],
    ['2026-03-03T12:00:00', '2026-03-03T12:00:00Z'],
    ['2026-03-03T13:00:00+0100', '2026-03-03T12:00:00Z'],
    ['2026-03', '2026-03-01T00:00:00Z'],
  ])('reads %s, the same on every machine', async (date, expected) => {
    const item = `<title>x</title><pubDate>${date}</pubDate>`;
    expect(await runStep({ feed: 'date' }, rss(item))).toEqual({ kind: 'text', text: expected });
  });

  it.each(['soon', '7', 'foo 2', '2026-13-45', 'Tue, 99 Foo 2026 12:00:00 GMT', '03 Mar 2026 12:00:00 XYZ'])(
    'takes %s for no date, and the order of the document then',
    async (date) => {
      const items = [`<title>one</title><pubDate>${date}</pubDate>`, '<title>two</title><pubDate>2026-03-03</pubDate>'];
      expect(await runStep({ feed: 'title' }, rss(...items))).toEqual({ kind: 'text', text: 'one' });
      expect((await failureOf({ feed: 'date' }, rss(...items))).reason).toBe('no-match');
    },
  );

  it('keeps the order of entries of one moment', async () => {
    const items = ['b', 'a', 'c'].map((title) => `<title>${title}</title><pubDate>2026-03-03</pubDate>`);
    expect(await runStep({ feed: 'title', pick: 'all' }, rss(...items))).toEqual({
      kind: 'list',
      items: ['b', 'a', 'c'],
    });
  });

  it('expands no entity that a document defines, whatever it grows to', async () => {
    const entities = Array.from({ length: 30 }, (_, n) => `<!ENTITY e${n + 1} "&e${n};&e${n};">`).join('');
    const bomb = `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "lol"><!ENTITY f SYSTEM "file:///etc/hostname">${entities}]>${rss('<title>&e30; &f;</title>')}`;
    expect(await runStep({ feed: 'title' }, bomb)).toEqual({ kind: 'text', text: '&e30; &f;' });
  });

  it('reads what nests deeper than a stack, or says that it cannot', async () => {
    const deep = rss(`<title>${'<i>'.repeat(50_000)}x${'</i>'.repeat(50_000)}</title>`);
    const outcome = await runStep({ feed: 'title' }, deep).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ reason: 'not-parsable' });
    else expect(outcome).toEqual({ kind: 'text', text: 'x' });
  });
});
