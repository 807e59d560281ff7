// Our block in a crontab, and the lines around it, which stay as they are. A crontab is a Latin-1 string that stands for
// its bytes: what others wrote need not be UTF-8.
import { formatDuration } from '../core/duration.ts';
import { Failure } from '../core/failure.ts';
import { shellWord } from '../core/shell-word.ts';
import type { Installation } from './installation.ts';
import { digestOf, withMark } from './mark.ts';
import { cronCommand } from './quoting.ts';

const BEGIN = '# >>> spread-cron >>>\n';
const END = '# <<< spread-cron <<<\n';

/** Longest command that cron takes, in bytes. */
const LONGEST_COMMAND = 998;

const MINUTE = 60_000;
/** Minutes and hours that cron can count without a jump at the end of the hour or day. */
const MINUTES = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];
const HOURS = [1, 2, 3, 4, 6, 8, 12, 24];
const INTERVALS = [...MINUTES.map((count) => count * MINUTE), ...HOURS.map((count) => count * 60 * MINUTE)];

/** The lines between begin and end. Throws a Failure where cron cannot do what is wanted. */
export function crontabEntry(installation: Installation): string {
  const { url, config, path, words } = installation;
  const schedule = cronSchedule(config.interval, Number.parseInt(digestOf(url), 16));
  const command = cronCommand([`PATH=${shellWord(path)}`, ...words('check').map(shellWord)]);
  if (Buffer.byteLength(command) > LONGEST_COMMAND)
    throw new Failure('refused', 'cron takes no command as long as this: shorten PATH, or say --systemd', {
      bytes: Buffer.byteLength(command),
      longest: LONGEST_COMMAND,
    });
  return withMark(`${schedule} ${command}\n`);
}

/** When cron runs something every so many milliseconds. `seed` spreads the minute, so that not everybody polls at :00. */
export function cronSchedule(interval: number, seed: number): string {
  if (!INTERVALS.includes(interval)) {
    const near = [...INTERVALS].sort((a, b) => Math.abs(a - interval) - Math.abs(b - interval)).slice(0, 2);
    throw new Failure(
      'refused',
      'cron cannot keep this interval: choose one that divides the hour or the day, or say --systemd',
      {
        interval: formatDuration(interval),
        nearest: near
          .sort((a, b) => a - b)
          .map(formatDuration)
          .join(' or '),
      },
    );
  }
  const minutes = interval / MINUTE;
  if (minutes === 1) return '* * * * *';
  if (minutes < 60) return `${seed % minutes}-59/${minutes} * * * *`;
  const [minute, hours] = [seed % 60, minutes / 60];
  if (hours === 1) return `${minute} * * * *`;
  return hours === 24 ? `${minute} ${seed % 24} * * *` : `${minute} ${seed % hours}-23/${hours} * * *`;
}

/** A crontab around our block. */
export interface SplitCrontab {
  readonly before: string;
  /** What stands between begin and end; null where there is no block. */
  readonly entry: string | null;
  readonly after: string;
}

/** Throws a Failure where the block has no end, or a second beginning. */
export function splitCrontab(text: string): SplitCrontab {
  const begin = lineAt(text, BEGIN, 0);
  if (begin === -1) return { before: text, entry: null, after: '' };
  const from = begin + BEGIN.length;
  const end = lineAt(text, END, from);
  if (end === -1 || lineAt(text, BEGIN, from) !== -1)
    throw new Failure('refused', 'the block in the crontab is damaged: take it out with crontab -e, then begin again', {
      begins_with: BEGIN.trimEnd(),
      ends_with: END.trimEnd(),
    });
  const entry = Buffer.from(text.slice(from, end), 'latin1').toString('utf8');
  return { before: text.slice(0, begin), entry, after: text.slice(end + END.length) };
}

/** The crontab with another entry, or with none; everything else stays, byte by byte. */
export function joinCrontab({ before, after }: SplitCrontab, entry: string | null): string {
  if (entry === null) return before + after;
  const apart = before === '' || before.endsWith('\n') ? before : `${before}\n`;
  return apart + Buffer.from(crontabBlock(entry), 'utf8').toString('latin1') + after;
}

export function crontabBlock(entry: string): string {
  return `${BEGIN}${entry}${END}`;
}

function lineAt(text: string, line: string, from: number): number {
  const at = text.indexOf(line, from);
  if (at <= 0 || text[at - 1] === '\n') return at;
  return lineAt(text, line, at + 1);
}
