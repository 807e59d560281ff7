// Text measured and cut by the columns that it takes on a terminal, not by its length: wide and combined characters.
import stringWidth from 'fast-string-width';

/** Made when it is needed: that takes as long as a fifth of the start of Node. */
let graphemes: Intl.Segmenter | undefined;

/** Columns that the text takes. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text, cut at its end with `…` where it takes more than `width` columns. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let kept = '';
  let taken = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = widthOf(segment);
    if (taken + next > width - 1) break;
    kept += segment;
    taken += next;
  }
  return width < 1 ? '' : `${kept}…`;
}
