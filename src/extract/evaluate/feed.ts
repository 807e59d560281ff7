// Reads feeds in the evaluation thread: RSS 0.9x, 1.0 and 2.0, Atom (RFC 4287, and 0.3), JSON Feed 1.x. What belongs to
// other namespaces (media, iTunes, …) is no part of an entry.
import type { Element } from '@xmldom/xmldom';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';
import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import { parseJson } from '../json-text.ts';
import type { EvaluationTask } from '../step.ts';
import { beginningOf } from '../text-of.ts';
import { readXml, tooDeep } from './xml.ts';

/** Parts that an entry does not have are empty. */
export interface FeedEntry {
  /** On one line. */
  readonly title: string;
  readonly link: string;
  readonly id: string;
  /** RFC 3339 in UTC. */
  readonly date: string;
}

const DUBLIN_CORE = 'http://purl.org/dc/elements/1.1/';
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/** The entries, the newest first where all have a date, else as they stand. Throws a Failure `not-parsable`. */
export function evaluateFeed({ text }: EvaluationTask): readonly FeedEntry[] {
  try {
    const entries = text.trimStart().startsWith('{') ? readJsonFeed(text) : readXmlFeed(text.trim());
    const isDated = entries.every(({ date }) => date !== '');
    return isDated ? entries.toSorted((one, other) => Date.parse(other.date) - Date.parse(one.date)) : entries;
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(error) : error;
  }
}

function readXmlFeed(text: string): readonly FeedEntry[] {
  if (!text.startsWith('<') || /^<(?:!doctype\s+html|html)\b/i.test(text)) throw notFeed(text);
  const root = readXml(text).documentElement;
  switch (root?.localName) {
    case 'feed':
      return children(root, 'entry').map(readAtomEntry);
    case 'rss':
      return children(root, 'channel')
        .flatMap((channel) => children(channel, 'item'))
        .map(readRssItem);
    case 'RDF':
      // Items stand beside their channel; the namespace of the root is not theirs.
      return childElements(root)
        .filter(({ localName }) => localName === 'item')
        .map(readRssItem);
    default:
      throw notFeed(text);
  }
}

function readAtomEntry(entry: Element): FeedEntry {
  const title = child(entry, 'title');
  const written = textOf(title);
  const isPage = (link: Element) => ['alternate', ''].includes(link.getAttribute('rel') ?? '');
  return {
    title: oneLine(title?.getAttribute('type') === 'html' ? textOfHtml(written) : written),
    link: children(entry, 'link').find(isPage)?.getAttribute('href')?.trim() ?? '',
    id: textOf(child(entry, 'id')),
    // 0.3 calls them issued and modified
    date: firstDate(['published', 'issued', 'updated', 'modified'].map((name) => textOf(child(entry, name)))),
  };
}

function readRssItem(item: Element): FeedEntry {
  const guid = child(item, 'guid');
  const permanent = guid?.getAttribute('isPermaLink') === 'false' ? '' : textOf(guid);
  const link = textOf(child(item, 'link')) || (/^https?:/.test(permanent) ? permanent : '');
  const published = childElements(item).find((one) => one.namespaceURI === DUBLIN_CORE && one.localName === 'date');
  return {
    title: oneLine(textOf(child(item, 'title'))),
    link,
    id: textOf(guid) || item.getAttributeNS(RDF, 'about') || link,
    date: firstDate([textOf(child(item, 'pubDate')), textOf(published ?? null)]),
  };
}

function readJsonFeed(text: string): readonly FeedEntry[] {
  const { version, items } = parseJson(text) as { readonly version?: unknown; readonly items?: unknown };
  if (!String(version).startsWith('https://jsonfeed.org/version/') || !Array.isArray(items)) throw notFeed(text);
  return items.map((item: unknown) => {
    const of = (key: string): string => {
      const value = typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[key] : undefined;
      return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    };
    return {
      title: oneLine(of('title')),
      link: of('url') || of('external_url'),
      id: of('id'),
      date: firstDate([of('date_published'), of('date_modified')]),
    };
  });
}

function notFeed(text: string): Failure {
  const message =
    'the document is no feed (RSS, Atom or JSON Feed): check the address; pages name theirs in a link element';
  return new Failure('not-parsable', message, { begins: beginningOf(text) });
}

function childElements(parent: Element): readonly Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling)
    if (node.nodeType === node.ELEMENT_NODE) found.push(node as Element);
  return found;
}

/** Children of that name in the namespace of their parent: a feed may have a default namespace, of any version, or none. */
function children(parent: Element, name: string): readonly Element[] {
  return childElements(parent).filter((one) => one.localName === name && one.namespaceURI === parent.namespaceURI);
}

function child(parent: Element, name: string): Element | null {
  return children(parent, name)[0] ?? null;
}

function textOf(element: Element | null): string {
  return element?.textContent?.trim() ?? '';
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function textOfHtml(html: string): string {
  let text = '';
  const open: DefaultTreeAdapterTypes.ChildNode[] = [...parseFragment(html).childNodes].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('value' in node) text += node.value;
    else if ('childNodes' in node) open.push(...[...node.childNodes].reverse());
  }
  return text;
}

/** RFC 3339 and its shorter forms (RSS 1.0, Atom), and the dates of mail (RSS 2.0); the group is the zone. */
const ISO = /^\d{4}-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?$/i;
const MAIL =
  /^(?:[a-z]{3,9},\s*)?\d{1,2}\s+[a-z]{3,9}\s+\d{2,4}\s+\d\d?:\d\d(?::\d\d)?(?:\s+([a-z]{1,4}|[+-]\d{4}))?$/i;

/** The first that can be read; times without a zone are in UTC. */
function firstDate(texts: readonly string[]): string {
  for (const text of texts) {
    const milliseconds = Date.parse(withZone(text, ISO, 'Z') ?? withZone(text, MAIL, ' UTC') ?? '');
    if (!Number.isNaN(milliseconds)) return formatInstant(milliseconds).replace('.000Z', 'Z');
  }
  return '';
}

/** Null for what is not of that form. */
function withZone(text: string, form: RegExp, zone: string): string | null {
  const match = form.exec(text);
  if (match === null) return null;
  return match[1] === undefined && text.includes(':') ? `${text}${zone}` : text;
}
