// What makes CI carry out a change: `trigger` and `dispatch` of spread-cron.yaml. One way for a repository, so that no
// change is carried out twice or never.
import * as z from 'zod';

export type Trigger =
  /** CI reacts to the pushed commit by itself. */
  | { readonly kind: 'push' }
  /** The forge is told: to begin this workflow or, where it is null, every workflow that listens to the event. */
  | { readonly kind: 'dispatch'; readonly workflow: string | null; readonly event: string };

/** What `init` calls the workflow that carries out changes, and what an event is called where none has a name. */
export const CHANGES_WORKFLOW = 'changes.yml';
const EVENT = 'spread-cron';

export const writtenTrigger = z.enum(['push', 'dispatch']);

export const writtenDispatch = z
  .strictObject({
    workflow: z
      .string()
      .regex(/^(?!\.)[\w.-]+\.ya?ml$/, 'not a workflow: write the name of its file, such as changes.yml')
      .optional(),
    event: z
      .string()
      .regex(/^[\w.-]{1,100}$/, 'not the name of an event')
      .optional(),
  })
  .refine(({ workflow, event }) => workflow === undefined || event === undefined, {
    path: ['event'],
    message: 'not together with workflow',
  });

export function triggerOf(written: {
  readonly trigger?: z.infer<typeof writtenTrigger> | undefined;
  readonly dispatch?: z.infer<typeof writtenDispatch> | undefined;
}): Trigger {
  if (written.trigger !== 'dispatch') return { kind: 'push' };
  const { workflow, event } = written.dispatch ?? {};
  return {
    kind: 'dispatch',
    workflow: event === undefined ? (workflow ?? CHANGES_WORKFLOW) : null,
    event: event ?? EVENT,
  };
}
