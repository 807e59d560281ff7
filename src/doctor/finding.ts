// What an examination came to: one sentence each, with what it is about and what to do.

/** `machine`: this computer. `repository`: the remote and the way to it. `resources`: what is watched. `ci`: who carries
 * changes out. */
export const TOPICS = ['machine', 'repository', 'resources', 'ci'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Finding {
  readonly topic: Topic;
  /** `ok`: as it should be. `note`: worth knowing. `warning`: works, and will surprise. `problem`: does not work. */
  readonly level: 'ok' | 'note' | 'warning' | 'problem';
  /** Lower case, no full stop. */
  readonly message: string;
  /** What to do, one sentence; null where there is nothing to do. */
  readonly remedy: string | null;
  /** What it is about, one line each: names, errors, values. */
  readonly items: readonly string[];
}

type More = Partial<Pick<Finding, 'remedy' | 'items'>>;

/** Findings of one topic. */
export function findingsOf(topic: Topic) {
  const of =
    (level: Finding['level']) =>
    (message: string, { remedy = null, items = [] }: More = {}): Finding => ({ topic, level, message, remedy, items });
  return { ok: of('ok'), note: of('note'), warning: of('warning'), problem: of('problem') };
}

/** `1 branch`, `3 branches`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}
