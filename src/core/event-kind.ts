// The moments of which somebody can be told: the words that `on_event` selects by.

export const EVENT_KINDS = [
  'changed',
  'failing',
  'recovered',
  'push-failing',
  'push-recovered',
  'run-failed',
  'run-fixed',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
