// The small written forms that several files share: durations, sizes, one or many, and names; each as a zod schema.
import * as z from 'zod';
import { parseDuration, parseSize } from '../core/duration.ts';

const DURATION = '^(?:\\d+(?:\\.\\d+)?(?:ms|[smhdw]))+$';
const SIZE = '^\\d+(?:\\.\\d+)?\\s*(?:[KkMmGg]?[iI]?[bB])?$';

/** `90s`, `5m`, `1h30m`, `2d`; milliseconds come out. `least` is in milliseconds. */
export function duration(about: string, least = 0) {
  return z
    .string()
    .meta({ description: about, pattern: DURATION, examples: ['90s', '5m', '1h30m'] })
    .transform((text, context) => {
      const milliseconds = parseDuration(text);
      if (milliseconds === undefined) {
        context.addIssue({ code: 'custom', message: 'not a duration: write it like 90s, 5m, 1h30m or 2d' });
        return z.NEVER;
      }
      if (milliseconds < least)
        context.addIssue({ code: 'custom', message: `too short a duration: at least ${least} ms` });
      return milliseconds;
    });
}

/** `10MB`, `512KiB` or a number of bytes; bytes come out. */
export function size(about: string) {
  return z
    .union([z.string().meta({ pattern: SIZE }), z.int().min(0)])
    .transform((written, context) => {
      const bytes = parseSize(String(written));
      if (bytes === undefined) {
        context.addIssue({ code: 'custom', message: 'not a size: write it like 10MB, 512KiB or 2000' });
        return z.NEVER;
      }
      return bytes;
    })
    .meta({ description: about, examples: ['10MB'] });
}

/** One text or a list of texts; a list comes out. */
export function oneOrMany(about: string, item: z.ZodType<string, string> = z.string().min(1)) {
  return z
    .union([item, z.array(item)])
    .transform((written): readonly string[] => (typeof written === 'string' ? [written] : written))
    .meta({ description: about });
}

/** A word that stands in file names, variables and reports: letters, digits and `_ . + -`, not at the start `-` or `.`. */
export const word = z
  .string()
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.+-]*$/u, 'not a plain word: letters, digits and _ . + - only');

/** Name of an environment variable. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not the name of an environment variable: letters, digits and _ only');
