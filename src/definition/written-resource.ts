// The written schema of `resource.yaml`, less its extract steps (each kind of step brings its own), and of the settings
// that `spread-cron.yaml` gives to many resources at once.
import * as z from 'zod';
import type { NotBuilt } from './schema-problems.ts';
import { writtenRun } from './written-run.ts';
import { duration, oneOrMany, word } from './written-values.ts';

/** Words that will mean something one day: refused by name until they do. */
export const NOT_BUILT: NotBuilt = new Set([
  'rrule',
  'pin',
  'skip',
  'notify',
  'routes',
  'evidence',
  'trigger',
  'after',
  'debounce',
]);

/** Checks in a row that `confirm` may ask for. */
const MOST_CONFIRMATIONS = 100;
/** Longest value that a subject may carry where the definition says so, in characters. */
const MOST_VALUE = 4000;

const settings = {
  aliases: oneOrMany('Earlier messages whose commits still count as history.')
    .optional()
    .meta({ examples: [['New OS snap in beta channel']] }),
  tags: oneOrMany('Words to select resources by.', word).optional(),
  manual: z.boolean().optional().meta({ description: 'Never polled.' }),
  schedule: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'When it is polled: five cron fields (H stands for a number made of the name) or @hourly, @daily, …',
      examples: ['H/5 * * * *', '@daily'],
    }),
  every: duration('How often it is polled, instead of a schedule.', 1000).optional(),
  timezone: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Time zone of the schedule and of clock steps.', examples: ['Europe/London'] }),
  accept: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'Regular expression that the value must match; anything else is a failure, never a change.',
      examples: ['^\\d+$'],
    }),
  confirm: z
    .int()
    .min(1)
    .max(MOST_CONFIRMATIONS)
    .optional()
    .meta({ description: 'How many checks in a row must see the same new value before it counts; default 1.' }),
  confirm_after: duration('Wait before the confirming extraction of the same round.').optional(),
  digest: z
    .boolean()
    .optional()
    .meta({ description: 'A value that a subject cannot carry is replaced by its digest.' }),
  value_limit: z
    .int()
    .min(1)
    .max(MOST_VALUE)
    .optional()
    .meta({ description: 'Longest value in characters; default 200.' }),
  run: writtenRun.optional(),
};

/** What `defaults` and `match` of `spread-cron.yaml` may set: everything but what makes a resource this one. */
export const writtenSettings = z.strictObject(settings);

/** `resource.yaml`, its steps taken as they stand. */
export const writtenResource = z
  .strictObject({
    message: z
      .string()
      .meta({ description: 'First part of the subject of change commits: they read "message (value)".' }),
    extract: z.array(z.record(z.string(), z.unknown())).min(1).optional().meta({
      description: 'How the value is got: a source, then filters. Absent: the scheduled instant is the value.',
    }),
    ...settings,
  })
  .meta({
    title: 'spread-cron resource',
    description: 'What is watched, how its value is got, and what is run when it changes.',
  });

export type WrittenResource = z.output<typeof writtenResource>;
