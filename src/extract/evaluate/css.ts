// Evaluates CSS selectors over HTML and XML, in the evaluation thread. HTML is first written out as browsers read it, so
// that a selector from a browser's tools fits; cheerio's own way to that brings an HTTP client with it.
import { load } from 'cheerio/slim';
import { parse, serialize } from 'parse5';
import { Failure } from '../../core/failure.ts';
import type { Markup } from '../markup.ts';
import type { EvaluationTask } from '../step.ts';
import { beginningOf } from '../text-of.ts';

/** The texts, or the values of an attribute, of the elements that match, in document order; white space trimmed. */
export function evaluateCss({ expression, text, options }: EvaluationTask): readonly string[] {
  const { attribute, markup } = (options ?? {}) as { readonly attribute?: string; readonly markup?: Markup };
  const $ = markup === 'xml' ? load(text, { xml: true }) : load(serialize(parse(text)));
  return select(() => $(expression).toArray(), expression)
    .map((element) => (attribute !== undefined ? ($(element).attr(attribute) ?? '') : $(element).text()))
    .map((match) => match.trim());
}

function select<T>(find: () => T, selector: string): T {
  try {
    return find();
  } catch (cause) {
    const error = beginningOf(cause instanceof Error ? cause.message : String(cause), 200);
    throw new Failure('definition', 'the CSS selector cannot be read', { selector, error }, { cause });
  }
}
