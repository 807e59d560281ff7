// The five fields of a cron expression with `H` and the keywords replaced by plain fields. `H` stands for a number made
// of the resource's name, so that a hundred resources with the same expression do not all start in the same minute.
import { crc32 } from 'node:zlib';

/** Range of a field, and its position, which also tells `H` which bits of the hash to use. */
interface FieldRange {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Highest number that may be written: Sunday is 0 or 7. */
  readonly written: number;
}

const FIELDS: readonly FieldRange[] = [
  { name: 'minute', low: 0, high: 59, written: 59 },
  { name: 'hour', low: 0, high: 23, written: 23 },
  { name: 'day of month', low: 1, high: 31, written: 31 },
  { name: 'month', low: 1, high: 12, written: 12 },
  { name: 'day of week', low: 0, high: 6, written: 7 },
];

/** Every keyword is hashed: `@daily` is once a day at a time of the resource's own. `@midnight` is within three hours
 * after midnight. */
const KEYWORDS: Readonly<Record<string, string>> = {
  '@midnight': 'H H(0-2) * * *',
  '@hourly': 'H * * * *',
  '@daily': 'H H * * *',
  '@weekly': 'H H * * H',
  '@monthly': 'H H H * *',
  '@yearly': 'H H H H *',
  '@annually': 'H H H H *',
};

/** Five fields that a plain cron parser understands, or what is wrong. */
export type Expanded = { readonly fields: readonly string[] } | { readonly problem: string };

/** Replaces keywords and `H`. Deterministic: the same expression and name give the same fields for ever. */
export function expandFields(expression: string, name: string): Expanded {
  const trimmed = expression.trim();
  if (/^(?:DTSTART|RRULE)\b/i.test(trimmed)) return { problem: 'RRULE schedules are not built yet' };
  if (trimmed.startsWith('@') && !Object.hasOwn(KEYWORDS, trimmed.toLowerCase()))
    return { problem: `unknown keyword: one of ${Object.keys(KEYWORDS).join(', ')}` };
  const fields = (KEYWORDS[trimmed.toLowerCase()] ?? trimmed).split(/\s+/);
  if (fields.length === 6) return { problem: 'six fields: schedules have no seconds, write five' };
  if (fields.length !== FIELDS.length)
    return { problem: 'not five fields: minute, hour, day of month, month, day of week' };
  const hash = crc32(name);
  const plain: string[] = [];
  for (const [position, range] of FIELDS.entries()) {
    const expanded = expandField(fields[position] ?? '', { position, range, hash });
    if (typeof expanded !== 'string') return expanded;
    plain.push(expanded);
  }
  return { fields: plain };
}

interface FieldContext {
  readonly position: number;
  readonly range: FieldRange;
  readonly hash: number;
}

function expandField(field: string, context: FieldContext): string | { readonly problem: string } {
  const { range } = context;
  const hashed = /^H(?:\((\d+)-(\d+)\))?(?:\/(\d+))?$/.exec(field);
  if (hashed !== null) return expandHash(hashed, context);
  if (/^R\b/.test(field)) return { problem: `${range.name}: R (random) is not built yet: H gives a fixed number` };
  if (/h/i.test(field.replace(/thu/gi, '').replace(/march/gi, '')))
    return { problem: `${range.name}: H stands alone, as H, H(a-b), H/n or H(a-b)/n` };
  const items: string[] = [];
  for (const item of field.split(',')) {
    const checked = checkItem(item, range);
    if (typeof checked !== 'string') return checked;
    items.push(checked);
  }
  return items.join(',');
}

/** `H` is a number of the range; with a divisor it is the first of the firings, which are a divisor apart. */
function expandHash(match: RegExpExecArray, context: FieldContext): string | { readonly problem: string } {
  const { position, range, hash } = context;
  const [, from, to, divisor] = match;
  const low = from === undefined ? range.low : Number(from);
  const high = to === undefined ? range.high : Number(to);
  if (low < range.low || high > range.high || low > high)
    return { problem: `${range.name}: H(${low}-${high}) is not within ${range.low} to ${range.high}` };
  const bits = hash >>> position;
  if (divisor === undefined) return String(low + (bits % (high - low + 1)));
  const step = Number(divisor);
  if (step < 1 || step > high - low + 1)
    return { problem: `${range.name}: /${step} is not a step from 1 to ${high - low + 1}` };
  return `${low + (bits % step)}-${high}/${step}`;
}

/** Refuses what parsers accept without a word: numbers out of range and steps that never step. `a/n` becomes `a-high/n`. */
function checkItem(item: string, range: FieldRange): string | { readonly problem: string } {
  if (/[LW#]/i.test(item.replace(/jul|wed/gi, '')) && /^(?:L(?:-\d+)?|LW|\d+[LW]|[\w]+#\d)$/i.test(item))
    return { problem: `${range.name}: L, W and # are not built yet` };
  const [body = '', step, ...more] = item.split('/');
  const outside = (body.match(/\d+/g) ?? []).find((text) => Number(text) < range.low || Number(text) > range.written);
  if (outside !== undefined)
    return { problem: `${range.name}: ${outside} is not within ${range.low} to ${range.written}` };
  if (step === undefined) return item;
  const width = range.high - range.low + 1;
  if (more.length > 0 || !/^\d+$/.test(step) || Number(step) < 1 || Number(step) > width)
    return { problem: `${range.name}: /${[step, ...more].join('/')} is not a step from 1 to ${width}` };
  return /^\d+$/.test(body) ? `${body}-${range.high}/${step}` : item;
}
