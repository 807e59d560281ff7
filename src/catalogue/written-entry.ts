// The written schema of `entry.yaml`: a definition with parameters, and examples of what its endpoint answers.
import * as z from 'zod';

/** What a source is answered: `given` by the web at a URL, `refs` by a git remote at a URL, `results` by the runs of a
 * resource. */
export interface Answer {
  readonly kind: 'given' | 'refs' | 'results';
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
});

/** What an endpoint answers; the words are those of the examples in `resources/README.md`. */
export const writtenAnswer = z
  .strictObject({
    given: z.string().min(1).optional(),
    refs: z.string().min(1).optional(),
    results: z.string().min(1).optional(),
    file: z.string().regex(/^[\w-]+(?:\.[\w-]+)+$/, 'not the name of a file beside entry.yaml'),
  })
  .refine(({ given, refs, results }) => [given, refs, results].filter((word) => word !== undefined).length === 1, {
    message: 'say once what is answered: given: URL, refs: URL or results: NAME',
    params: { complete: true },
  })
  .transform(({ given, refs, results, file }): Answer => {
    if (given !== undefined) return { kind: 'given', of: given, file };
    return refs === undefined ? { kind: 'results', of: results ?? '', file } : { kind: 'refs', of: refs, file };
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
