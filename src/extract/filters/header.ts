// Filter `header`: a header of the response that a source got, such as an ETag or a redirect's Location.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import type { StepType } from '../step.ts';
import { textContent } from '../text-of.ts';

const schema = z.strictObject({
  header: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'this is no header name')
    .describe('Name of the response header, in any case, such as etag or last-modified'),
});

type Options = z.infer<typeof schema>;

export const header: StepType<Options> = {
  role: 'filter',
  summary: 'a header of the response',
  schema,
  async run({ header: name }, input) {
    if (input.kind !== 'document' || input.headers === undefined) {
      const message = 'there is no response to take the header of: keep the http step with as, and name it in from';
      throw new Failure('no-match', message, { header: name });
    }
    const value = Object.hasOwn(input.headers, name.toLowerCase()) ? input.headers[name.toLowerCase()] : undefined;
    if (value === undefined || value.trim() === '') {
      const names = Object.keys(input.headers).sort().join(', ');
      throw new Failure('no-match', 'the response has no such header', { header: name, headers: names });
    }
    return textContent(value.trim());
  },
};
