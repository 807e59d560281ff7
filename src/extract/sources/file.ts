// Source `file`: a file below the definition's directory or a directory that the agent's configuration lists.
import * as z from 'zod';
import { size } from '../../definition/written-values.ts';
import type { StepType } from '../step.ts';

/** Bytes that a file may have where the step says nothing. */
const DEFAULT_MAX_SIZE = 10_000_000;

const schema = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(4096)
    .refine((path) => !path.includes('\0'), 'not a path')
    .describe("Path of the file, from the definition's directory or absolute below a directory that the agent allows"),
  max_size: size('Largest size of the file').default(DEFAULT_MAX_SIZE),
});

export type FileOptions = z.infer<typeof schema>;

export const file: StepType<FileOptions> = {
  role: 'source',
  summary: 'a file of the definition or of the machine',
  schema,
  async run(options, _input, context) {
    return { kind: 'document', body: await context.readFile(options.file, options.max_size) };
  },
};
