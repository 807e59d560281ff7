// What a command and the live agent say to each other: a greeting, one request, news as they come, an end.
import * as z from 'zod';
import { describeFailure, Failure, type FailureReason } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { RunRecord } from '../core/run.ts';

/** What an agent says first, so that a command never talks to the agent of another repository. */
export const greetingSchema = z.object({ spread_cron: z.literal(1), repository: z.string(), pid: z.number() });

const runRequestSchema = z.object({
  target: z.string(),
  commit: z.string().nullable(),
  variables: z.record(z.string(), z.string()),
  partition: z.string(),
  user: z.string(),
  note: z.string().nullable(),
  workspace: z.enum(['keep', 'as-defined']),
  when: z.enum(['asked', 'due']),
});

export const requestSchema = z.union([
  z.object({
    check: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('due') }),
      z.object({ kind: z.literal('all') }),
      z.object({ kind: z.literal('named'), patterns: z.array(z.string()) }),
    ]),
  }),
  z.object({ run: runRequestSchema }),
  /** Id of the run to be tried again. */
  z.object({ retry: z.string(), user: z.string() }),
  z.object({ cancel: z.string() }),
  z.object({ ping: z.literal(true) }),
]);

const failureSchema = z.object({ reason: z.string(), message: z.string() });
export type PlainFailure = z.infer<typeof failureSchema>;

const objectOf = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

export const replySchema = z.union([
  z.object({ outcome: objectOf<CheckOutcome>() }),
  z.object({ run: objectOf<RunRecord>() }),
  z.object({
    end: z.object({
      remote_failure: failureSchema.nullable(),
      remote_failures: z.number(),
      remote_is_back: z.boolean(),
    }),
  }),
  /** The end of a request about a run. */
  z.object({ finished: objectOf<RunRecord>() }),
  z.object({ failure: failureSchema }),
  /** The whole answer to a ping. */
  z.object({
    pulse: z.object({
      last_round_at: z.number().nullable(),
      remote_failure: failureSchema.nullable(),
      late: z.boolean(),
      running: z.number(),
      waiting: z.number(),
    }),
  }),
]);
export type Reply = z.infer<typeof replySchema>;

export function plain(failure: Failure): PlainFailure {
  return { reason: failure.reason, message: describeFailure(failure) };
}

export function revive(failure: PlainFailure): Failure {
  return new Failure(failure.reason as FailureReason, failure.message);
}
