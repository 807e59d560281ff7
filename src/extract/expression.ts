// Schemas of written expressions: text that is checked when the definition is read, by whoever will run it.
import * as z from 'zod';
import { describeFailure, toFailure } from '../core/failure.ts';

/** Longest expression in characters; what is longer is a mistake or an attack. */
const LENGTH_LIMIT = 10_000;

/** A text that `read` accepts; what it throws becomes the problem that the definition's reader shows. */
export function expression(description: string, read: (text: string) => unknown) {
  return z
    .string()
    .min(1)
    .max(LENGTH_LIMIT)
    .describe(description)
    .superRefine((text, context) => {
      try {
        read(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: describeFailure(toFailure(error)) });
      }
    });
}
