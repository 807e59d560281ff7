// Outcomes of checks as lines for people: what happened, to which resource, the subject of the commit, what was before.
import { formatDuration } from '../core/duration.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import { formatSubject } from '../core/subject.ts';
import { isChange, isNotPushed } from './exit-status.ts';
import type { Style } from './terminal/style.ts';
import type { Column, Row } from './terminal/table.ts';

export const OUTCOME_COLUMNS: readonly Column[] = [
  { title: 'OUTCOME', shrinks: 'no' },
  { title: 'RESOURCE', shrinks: 'yes' },
  { title: 'CHANGE', shrinks: 'yes' },
  { title: 'BEFORE', shrinks: 'yes' },
  { title: 'COMMIT', shrinks: 'no' },
];

const STYLES: Readonly<Record<CheckOutcome['outcome'] | 'recovered', Style | undefined>> = {
  new: 'green',
  changed: 'green',
  recovered: 'green',
  failed: 'red',
  unchanged: 'dim',
  nothing: 'dim',
  skipped: 'dim',
};

/** True for what is told also where nobody watches: changes, and resources that begin to fail or recover. */
export function isNews(outcome: CheckOutcome): boolean {
  // a change that the remote goes on refusing was told when that began
  const known = isNotPushed(outcome) && (outcome.failures ?? 0) > 1;
  return (isChange(outcome) && !known) || outcome.transition !== undefined;
}

/** The row of an outcome; `now` in milliseconds since the epoch. */
export function outcomeRow(outcome: CheckOutcome, now: number): Row {
  const word = outcome.transition === 'recovered' && !isChange(outcome) ? 'recovered' : outcome.outcome;
  const commit = isChange(outcome) ? (outcome.commit?.slice(0, 7) ?? '') : '';
  const [what, before] = describe(outcome, now);
  return [
    { text: word.padEnd(9), style: STYLES[word] },
    { text: outcome.resource, style: 'bold' },
    what,
    before,
    commit,
  ];
}

function describe(outcome: CheckOutcome, now: number): readonly [what: string, before: string] {
  const { value, previous, error } = outcome;
  switch (outcome.outcome) {
    case 'new':
    case 'changed': {
      const subject = formatSubject(outcome.message ?? outcome.resource, value ?? '');
      const remarks = [
        previous === null ? '' : `was ${previous}`,
        outcome.rebaselined === true ? 're-baseline: nothing is due' : '',
        isNotPushed(outcome) ? `not pushed: ${error?.message ?? ''}` : '',
      ];
      return [subject, remarks.filter((remark) => remark !== '').join(', ')];
    }
    case 'failed':
      return [describeError(error), failingFor(outcome, now)];
    case 'unchanged':
      return [value ?? previous ?? '', outcome.pending === undefined ? '' : `${outcome.pending} awaits confirmation`];
    case 'nothing':
    case 'skipped':
      return [outcome.why ?? '', ''];
    default:
      return outcome.outcome satisfies never;
  }
}

/** An error with the step at which it happened: `2 json: nothing matches (path $.x)`. */
export function describeError(error: CheckOutcome['error']): string {
  if (error === null) return '';
  return error.step === null ? error.message : `${error.step}: ${error.message}`;
}

function failingFor(outcome: CheckOutcome, now: number): string {
  if (outcome.failing_since === null || (outcome.failures ?? 1) < 2) return '';
  return `${outcome.failures} times in ${formatDuration(Math.max(0, now - Date.parse(outcome.failing_since)))}`;
}

/** `34 checked: 2 changed, 31 unchanged, 1 failed`. */
export function countOutcomes(outcomes: readonly CheckOutcome[]): string {
  const order: readonly CheckOutcome['outcome'][] = ['new', 'changed', 'unchanged', 'nothing', 'failed', 'skipped'];
  const counts = order
    .map((word) => ({ word, count: outcomes.filter(({ outcome }) => outcome === word).length }))
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}`);
  const checked = outcomes.filter(({ outcome }) => outcome !== 'skipped').length;
  return counts.length === 0 ? 'nothing to check' : `${checked} checked: ${counts.join(', ')}`;
}
