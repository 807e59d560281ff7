// Whether a document is read as HTML or as XML, for the filters that look into markup.
import * as z from 'zod';
import type { Content } from './step.ts';

export type Markup = 'html' | 'xml';

export const MARKUP = z
  .enum(['html', 'xml'])
  .optional()
  .describe('How the document is read; by its content type and XML declaration where absent, else as HTML');

/** What the option says, else the content type, else the beginning of the text. XHTML is read as HTML, as browsers do. */
export function markupOf(content: Content, text: string, written: Markup | undefined): Markup {
  if (written !== undefined) return written;
  const type = content.kind === 'document' ? (content.contentType ?? '').split(';')[0]?.trim().toLowerCase() : '';
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  if (type !== undefined && /[/+]xml$/.test(type)) return 'xml';
  return /^\s*<\?xml\b/.test(text) && !/<html\b/i.test(text.slice(0, 2000)) ? 'xml' : 'html';
}
