// Filter `status`: the status of the response that a source got, for whoever watches whether something is up.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import type { StepType } from '../step.ts';
import { textContent } from '../text-of.ts';

const schema = z.strictObject({
  status: z
    .enum(['code', 'health'])
    .describe(
      'code: the number, such as 503; health: up below 400, else down. Errors need accept_status on the http step',
    ),
});

type Options = z.infer<typeof schema>;

export const status: StepType<Options> = {
  role: 'filter',
  summary: 'the status of the response, or whether it says up or down',
  schema,
  async run({ status: wanted }, input) {
    if (input.kind !== 'document' || input.status === undefined) {
      const message = 'there is no response to take the status of: keep the http step with as, and name it in from';
      throw new Failure('no-match', message);
    }
    if (wanted === 'code') return textContent(String(input.status));
    return textContent(input.status < 400 ? 'up' : 'down');
  },
};
