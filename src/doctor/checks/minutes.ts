// What polling by schedule costs: jobs of Actions are billed by the minute, each begun one whole.
import type { HostedRepository } from '../../forge/forge.ts';
import { type Finding, findingsOf } from '../finding.ts';

const { note } = findingsOf('ci');

export function minutesFindings(facts: {
  /** Of all schedules of the default branch together. */
  readonly jobsPerDay: number;
  /** Null where the forge did not say. */
  readonly visibility: HostedRepository['visibility'] | null;
}): readonly Finding[] {
  const { jobsPerDay, visibility } = facts;
  if (jobsPerDay === 0) return [];
  const jobs = `schedules begin ${jobsPerDay.toLocaleString('en')} jobs a day`;
  if (visibility === 'public')
    return [note(`${jobs}, which cost nothing in a public repository; GitHub may begin them late`)];
  const minutes = (jobsPerDay * 30).toLocaleString('en');
  return [
    note(`${jobs}: ${minutes} minutes a month or more where they are billed; GitHub may begin them late`, {
      remedy: 'an agent on a machine of your own costs none: spread-cron install writes its unit',
    }),
  ];
}
