// Source `shell`: what a shell script prints. It runs in bash in the definition's directory, and stops at the first
// command that fails.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { duration, size, variableName } from '../../definition/written-values.ts';
import type { StepType } from '../step.ts';

/** How many lines of stderr a failure tells, and how much of them in characters. */
const QUOTED_LINES = 3;
const QUOTED = 300;

const withoutNul = (text: string) => !text.includes('\0');

const schema = z.strictObject({
  shell: z
    .string()
    .refine((script) => script.trim() !== '', 'there is no script')
    .refine(withoutNul, 'a script cannot hold the character NUL')
    .meta({
      description:
        'A bash script; what it prints is the document. It runs with `set -e -o pipefail`, without input, in the ' +
        "definition's directory. An empty output, or null, is no value yet",
      examples: ['git ls-remote https://example.com/x.git HEAD | cut -f1'],
    }),
  directory: z
    .string()
    .min(1)
    .refine(withoutNul, 'not a path')
    .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), "not below the definition's directory")
    .optional()
    .describe("Directory to run in, below the definition's"),
  env: z
    .record(variableName, z.string().refine(withoutNul, 'a variable cannot hold the character NUL'))
    .optional()
    .describe('Variables beside those that every script gets'),
  timeout: duration('Time after which the script is killed with all that it started', 1).optional(),
  max_output: size('Largest output').optional(),
  nothing_on: z
    .array(z.int().min(1).max(255))
    .optional()
    .describe('Exit statuses that mean no value yet rather than a failure, such as 1 for a grep that finds nothing'),
});

export type ShellOptions = z.infer<typeof schema>;

export const shell: StepType<ShellOptions> = {
  role: 'source',
  summary: 'what a shell script prints',
  schema,
  async run(options, _input, context) {
    const { stdout, stderr, code } = await context.shell.run(
      {
        script: options.shell,
        directory: options.directory,
        env: options.env,
        timeout: options.timeout,
        maxOutput: options.max_output,
      },
      context.signal,
    );
    if (code !== 0) {
      if (options.nothing_on?.includes(code)) return { kind: 'nothing', why: `the script ended with status ${code}` };
      throw new Failure('command-failed', 'the script failed', { status: code, stderr: lastLines(stderr) });
    }
    const text = Buffer.from(stdout).toString('latin1').trim();
    if (text === '' || text === 'null') {
      return { kind: 'nothing', why: `the script printed ${text === '' ? 'nothing' : 'null'}` };
    }
    return { kind: 'document', body: stdout };
  },
};

function lastLines(text: string): string {
  const lines = text.trimEnd().split('\n').slice(-QUOTED_LINES);
  return lines
    .join(' | ')
    .replace(/\p{Cc}/gu, ' ')
    .slice(-QUOTED);
}
