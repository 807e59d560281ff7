// What a step was given or gave, as text that can be shown: shortened, and never more than a screenful.
import type { Content } from '../../extract/step.ts';

/** Characters of a content that are shown. */
const LONGEST = 4000;

/** The beginning of a content as text; bytes that are no UTF-8 show as replacement characters, and what no text holds
 * is not shown at all. */
export function previewOf(content: Content | null): string | null {
  switch (content?.kind) {
    case undefined:
      return null;
    case 'document':
      if (content.body.subarray(0, LONGEST).includes(0)) return `(binary data, ${content.body.length} bytes)`;
      return shorten(new TextDecoder().decode(content.body.subarray(0, LONGEST * 4)), content.body.length);
    case 'text':
      return shorten(content.text, content.text.length);
    case 'list':
      return shorten(content.items.slice(0, LONGEST).join('\n'), LONGEST);
    case 'nothing':
      return content.why;
    default:
      return content satisfies never;
  }
}

function shorten(text: string, size: number): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${size} in all)`;
}
