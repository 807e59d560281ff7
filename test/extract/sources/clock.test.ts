import { describe, expect, it } from 'vitest';
import { describeStep, runStep } from '../../contract/step.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { stepContext } from '../../support/step-context.ts';

/** A Wednesday in summer. */
const clock = createManualClock(Date.UTC(2026, 6, 1, 0, 30));

describeStep('clock', {
  context: () => ({ clock }),
  examples: [
    { name: 'the day', written: { clock: 'day' }, output: '20260701' },
    { name: 'the hour', written: { clock: 'hour' }, output: '2026070100' },
    { name: 'the ISO week without its year', written: { clock: 'week' }, output: '27' },
    { name: 'the ISO week', written: { clock: 'iso-week' }, output: '2026-W27' },
    { name: 'the month', written: { clock: 'month' }, output: '202607' },
    { name: 'the year', written: { clock: 'year' }, output: '2026' },
    { name: 'a format', written: { clock: '%d.%m.%Y' }, output: '01.07.2026' },
    { name: 'a time zone', written: { clock: 'day', timezone: 'America/New_York' }, output: '20260630' },
    { name: 'a time of day that has come', written: { clock: 'day', not_before: '00:30' }, output: '20260701' },
    {
      name: 'nothing before the time of day',
      written: { clock: 'day', not_before: '00:31' },
      output: { kind: 'nothing', why: 'not before 00:31 (UTC)' },
    },
    {
      name: 'nothing on another day of the week',
      written: { clock: 'day', days: ['mon', 'tue'] },
      output: { kind: 'nothing', why: 'not on this day of the week (wed)' },
    },
  ],
  refused: [
    { name: 'an unknown bucket', written: { clock: 'fortnight' }, message: /not a bucket/ },
    { name: 'a format with seconds', written: { clock: '%F %S' }, message: /seconds/ },
    { name: 'a format with an unknown field', written: { clock: '%Q' }, message: /unknown field/ },
    { name: 'an unknown time zone', written: { clock: 'day', timezone: 'Europe/Nowhere' }, message: /not a time zone/ },
    {
      name: 'a time of day that is none',
      written: { clock: 'day', not_before: '24:00' },
      message: /not a time of day/,
    },
    { name: 'an unknown day', written: { clock: 'day', days: ['monday'] }, message: /days/ },
    { name: 'no day', written: { clock: 'day', days: [] }, message: /days/ },
  ],
  failures: [],
});

describe('the time zone of a clock step', () => {
  it("is the definition's where the step names none", async () => {
    const context = stepContext({ clock, timezone: 'America/New_York' });
    expect(await runStep({ clock: 'day' }, '', context)).toEqual({ kind: 'text', text: '20260630' });
    expect(await runStep({ clock: 'day', timezone: 'UTC' }, '', context)).toEqual({ kind: 'text', text: '20260701' });
  });
});
