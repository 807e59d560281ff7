// What a piece of work failed with.
import { Failure } from '../../src/core/failure.ts';

/** The Failure that the work rejects with; anything else is thrown on, success is an error. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('the work was expected to fail');
}
