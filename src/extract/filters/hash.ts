// Filter `hash`: a digest of what came in, for content that is no value itself.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { nextTurn } from '../../system/turn.ts';
import type { Content, StepType } from '../step.ts';
import { textOf } from '../text-of.ts';

const schema = z.strictObject({
  hash: z
    .enum(['sha256', 'sha512', 'sha1', 'md5'])
    .describe('Algorithm; the value is the digest in hexadecimal. A document is taken as bytes, as it came'),
});

type Options = z.infer<typeof schema>;

export const hash: StepType<Options> = {
  role: 'filter',
  summary: 'a digest of what comes in',
  schema,
  async run({ hash: algorithm }, input, { signal }) {
    const bytes = bytesOf(input);
    if (bytes.length === 0) throw new Failure('no-match', 'there is nothing to take the digest of');
    const digest = createHash(algorithm);
    for (let at = 0; at < bytes.length; at += PIECE) {
      if (at > 0) await nextTurn();
      signal.throwIfAborted();
      digest.update(bytes.subarray(at, at + PIECE));
    }
    return { kind: 'text', text: digest.digest('hex') };
  },
};

/** Bytes that are taken at once: an image of a gigabyte must not hold up everybody else for seconds. */
const PIECE = 16_777_216;

/** Candidates one on each line. */
function bytesOf(content: Content): Uint8Array {
  if (content.kind === 'document') return content.body;
  return Buffer.from(content.kind === 'list' ? content.items.join('\n') : textOf(content));
}
