// Reads XML into a tree, in the evaluation thread: small mistakes are overlooked as readers of XML on the web do, entities
// that a document defines itself are never expanded.
import { DOMParser, type Document } from '@xmldom/xmldom';
import { Failure } from '../../core/failure.ts';
import { beginningOf } from '../text-of.ts';

/** Throws a Failure (`not-parsable`) that says what is wrong. */
export function readXml(text: string): Document {
  try {
    return new DOMParser({ onError: () => {} }).parseFromString(text, 'text/xml');
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(cause);
    const error = beginningOf(cause instanceof Error ? cause.message : String(cause), 200);
    throw new Failure('not-parsable', 'the document is not XML', { error, begins: beginningOf(text) }, { cause });
  }
}

/** What a stack that is too short for a document means. */
export function tooDeep(cause: RangeError): Failure {
  return new Failure('not-parsable', 'the document nests too deeply', {}, { cause });
}
