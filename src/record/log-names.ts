// Where the log of a task is: the files of its tries, in one of 256 directories, which is chosen by the run. A directory
// for each run would cost a short one more than all that is written into it.
//
// `<run>.<task>.<try>.log` is the beginning, `….log.<n>` what follows where it is long, `….log.gz` all of it once it is
// compressed.
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface TryFiles {
  /** Counted from 1. */
  readonly number: number;
  readonly compressed: boolean;
  /** The files that follow the beginning, by number; numbers that are missing were cut out. */
  readonly following: readonly number[];
  /** The beginning is there. */
  readonly begun: boolean;
}

const LONGEST_NAME = 180;

/** Where the logs of one task are. */
export interface LogFamily {
  readonly directory: string;
  /** What the names of its files begin with, less a point. */
  readonly name: string;
}

export function logFamily(directory: string, run: string, task: string): LogFamily {
  return { directory: directoryOf(directory, run), name: `${fileWord(run)}.${fileWord(task)}` };
}

/** The directory and the names in it that are of a run. */
export function logsOfRun(directory: string, run: string) {
  const prefix = `${fileWord(run)}.`;
  return { directory: directoryOf(directory, run), isOfRun: (name: string) => name.startsWith(prefix) };
}

function directoryOf(directory: string, run: string): string {
  return join(directory, fileWord(run).slice(0, 2));
}

/** Path of a file of a try: its beginning (0), what follows, or all of it compressed. */
export function logPath({ directory, name }: LogFamily, number: number, part: number | 'gz'): string {
  return join(directory, `${name}.${number}.log${part === 0 ? '' : `.${part}`}`);
}

/** The tries of a task in order, from the names in its directory. */
export function triesOf({ name: family }: LogFamily, names: readonly string[]): readonly TryFiles[] {
  const prefix = `${family}.`;
  const tries = new Map<number, { compressed: boolean; following: number[]; begun: boolean }>();
  for (const name of names) {
    const [, number, part] =
      (name.startsWith(prefix) && /^(\d+)\.log(?:\.(\d+|gz))?$/.exec(name.slice(prefix.length))) || [];
    if (number === undefined) continue;
    const found = tries.get(Number(number)) ?? { compressed: false, following: [], begun: false };
    tries.set(Number(number), found);
    if (part === undefined) found.begun = true;
    else if (part === 'gz') found.compressed = true;
    else found.following.push(Number(part));
  }
  return [...tries]
    .map(([number, { compressed, following, begun }]) => ({
      number,
      compressed,
      begun,
      following: following.toSorted((a, b) => a - b),
    }))
    .toSorted((a, b) => a.number - b.number);
}

/** A text as part of a file name: nothing that leaves its directory, never hidden, not too long. */
function fileWord(text: string): string {
  const whole = Buffer.from(text, 'utf8').toString('utf8');
  const word = encodeURIComponent(whole).replace(
    /^\.|[*'!()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  if (word !== '' && word.length <= LONGEST_NAME) return word;
  return `${word.slice(0, LONGEST_NAME / 2)}%${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
