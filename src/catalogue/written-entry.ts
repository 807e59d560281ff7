// The written schema of `entry.yaml`: a definition with parameters, and examples of what its endpoint answers.
import * as z from 'zod';

/** What a source is answered: `given` by the web at a URL, `anonymous` the same to whoever shows no login and no token;
 * `refs` by a git remote at a URL; `certificate` by a host; `records` by the DNS; `results` by the runs of a resource. */
const ANSWERS = ['given', 'anonymous', 'refs', 'certificate', 'records', 'results'] as const;

export interface Answer {
  readonly kind: (typeof ANSWERS)[number];
  /** URL, host, `NAME TYPE`, or name of the resource. */
  readonly of: string;
  /** Name of the file beside `entry.yaml` that holds it. */
  readonly file: string;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const scalars = z.union([scalar, z.array(scalar)]);

export const writtenParameter = z.strictObject({
  description: z.string().min(1),
  default: scalars.optional(),
  optional: z.boolean().optional(),
  several: z.boolean().optional(),
  choices: z.union([z.array(scalar).min(1), z.record(z.string(), z.record(z.string(), z.string()))]).optional(),
  pattern: z.string().min(1).optional(),
  secret: z.boolean().optional(),
});

const answered = z.string().min(1).optional();

/** What an endpoint answers; the words are those of the examples in `resources/README.md`. */
export const writtenAnswer = z
  .strictObject({
    given: answered,
    anonymous: answered,
    refs: answered,
    certificate: answered,
    records: z
      .string()
      .regex(/^\S+ [A-Z]+$/, 'not a name and a type of record: write example.com MX')
      .optional(),
    results: answered,
    file: z.string().regex(/^[\w-]+(?:\.[\w-]+)+$/, 'not the name of a file beside entry.yaml'),
  })
  .transform(({ file, ...written }, context): Answer => {
    const said = ANSWERS.flatMap((kind) => {
      const of = written[kind];
      return of === undefined ? [] : [{ kind, of, file }];
    });
    const [answer] = said;
    if (answer !== undefined && said.length === 1) return answer;
    context.addIssue({
      code: 'custom',
      message: `say once what is answered, such as given: URL; it is one of ${ANSWERS.join(', ')}`,
      params: { complete: true },
    });
    return z.NEVER;
  });

export const writtenExample = z.strictObject({
  set: z.record(z.string(), scalars).default({}),
  now: z.iso.datetime({ error: 'not an instant: write it like 2026-03-07T12:00:00Z' }).optional(),
  value: z.string().min(1),
  answers: z.array(writtenAnswer).default([]),
});

export const writtenEntry = z.strictObject({
  summary: z.string().min(1),
  description: z.string().min(1),
  parameters: z
    .record(
      z
        .string()
        .regex(/^(?!value$)[a-z][a-z0-9_]*$/, 'not the name of a parameter: small letters, digits and _, not value'),
      writtenParameter,
    )
    .default({}),
  name: z.string().min(1),
  definition: z.record(z.string(), z.unknown()),
  examples: z.array(writtenExample).min(1),
});

export type WrittenParameter = z.output<typeof writtenParameter>;
export type WrittenExample = z.output<typeof writtenExample>;
