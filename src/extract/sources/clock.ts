// Source `clock`: a date as the value, so that something happens once a day, week or month.
import * as z from 'zod';
import { describeFailure, toFailure } from '../../core/failure.ts';
import { checkTimezone } from '../../core/zone.ts';
import { bucketAt, checkFormat, WEEKDAYS } from '../clock-bucket.ts';
import type { StepType } from '../step.ts';

/** Formats by name; `week` is what `date +%V` gives and comes again every year, `iso-week` does not. */
const BUCKETS: Readonly<Record<string, string>> = {
  hour: '%Y%m%d%H',
  day: '%Y%m%d',
  week: '%V',
  'iso-week': '%G-W%V',
  month: '%Y%m',
  year: '%Y',
};

const schema = z.strictObject({
  clock: z
    .string()
    .superRefine((text, context) => {
      if (Object.hasOwn(BUCKETS, text)) return;
      if (!text.includes('%')) {
        const message = `not a bucket: write ${Object.keys(BUCKETS).join(', ')} or a format such as %Y%m%d`;
        context.addIssue({ code: 'custom', message });
        return;
      }
      try {
        checkFormat(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: describeFailure(toFailure(error)) });
      }
    })
    .transform((text) => BUCKETS[text] ?? text)
    .meta({
      description:
        'hour (2026013113), day (20260131), week (05, every year anew), iso-week (2026-W05), month (202601), year ' +
        '(2026), or a format of date such as %Y-%m-%d with the fields %Y %y %q %m %d %H %M %j %u %a %b %G %V %F',
      examples: ['day', 'iso-week', '%Y-%m-%d'],
    }),
  timezone: z
    .string()
    .refine((name) => checkTimezone(name) === null, 'not a time zone: write a name such as Europe/London or UTC')
    .optional()
    .describe("Time zone that the date is told in; default the definition's, else UTC"),
  not_before: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'not a time of day: write it like 02:00')
    .optional()
    .meta({ description: 'Time of day (local, 24 hours) before which there is no value yet', examples: ['02:00'] }),
  days: z.array(z.enum(WEEKDAYS)).min(1).optional().describe('Days of the week on which there is a value; default all'),
});

export type ClockOptions = z.infer<typeof schema>;

export const clock: StepType<ClockOptions> = {
  role: 'source',
  summary: 'a date: the day, week, month … or a format of your own, in a time zone',
  schema,
  async run(options, _input, context) {
    const bucket = bucketAt(context.clock.now(), {
      format: options.clock,
      timezone: options.timezone ?? context.timezone ?? 'UTC',
      notBefore: minutesOf(options.not_before),
      days: options.days,
    });
    return bucket.kind === 'value' ? { kind: 'text', text: bucket.value } : bucket;
  },
};

function minutesOf(time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
