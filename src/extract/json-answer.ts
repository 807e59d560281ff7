// The answer of an API as the data that a step expects of it.
import type { ZodType } from 'zod';
import { Failure } from '../core/failure.ts';

/** Throws a Failure (`not-parsable`) with the message where the body is no JSON, or other data. */
export function jsonAnswer<T>(
  body: Uint8Array | string,
  expected: { readonly schema: ZodType<T>; readonly message: string; readonly url: string },
): T {
  try {
    const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
    return expected.schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure('not-parsable', expected.message, { url: expected.url }, { cause: error });
  }
}
