// The options that filters with regular expressions share.
import * as z from 'zod';
import { compilePattern } from '../system/pattern.ts';
import { expression } from './expression.ts';

/** A regular expression in RE2 syntax, checked when the definition is read. */
export function patternSchema(description: string) {
  return expression(`${description}; RE2 syntax, matched in linear time`, (source) => compilePattern(source));
}

export const FLAGS = z
  .string()
  .regex(/^(?!.*(.).*\1)[ims]*$/, 'flags are i, m and s, each once')
  .default('')
  .describe('i: any case; m: ^ and $ match at every line; s: a dot matches line breaks too');
