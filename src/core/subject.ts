// The subject line of change commits, `message (value)`: how it is written, read back, and what may never be in it.
//
// Source of the format: the classic agent's commits (17,000 of them). The first line is the message less its trailing
// blanks, one or more blanks, `(`, the value, `)` and nothing after; the value ends at the last `)`.
import { Failure } from './failure.ts';

/** Longest value in characters where the definition sets no other limit. */
export const VALUE_LIMIT = 200;

const BLANKS = /[ \t]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** Texts that tell a CI service to ignore a commit (GitHub, GitLab, Azure, CircleCI, Travis; any case). */
const DIRECTIVES = /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|\*\*\*no_ci\*\*\*|skip-checks:/i;

/** The subject to write: the message as given, trailing blanks included, one blank, the value in parentheses. */
export function formatSubject(message: string, value: string): string {
  return `${message} (${value})`;
}

/** The value in the subject of a change commit of this message, or undefined where it is another kind of commit. */
export function parseSubject(message: string, subject: string): string | undefined {
  const head = message.replace(BLANKS, '');
  if (!subject.startsWith(head) || !subject.endsWith(')')) return undefined;
  const open = /^[ \t]+\(/.exec(subject.slice(head.length));
  return open === null ? undefined : subject.slice(head.length + open[0].length, -1);
}

/** True where a CI service would skip a commit with this text in its message. */
export function hasSkipDirective(text: string): boolean {
  return DIRECTIVES.test(text);
}

/** Throws a Failure (`definition`) for a message that change commits could not carry or that could not be read back. */
export function assertMessage(message: string): void {
  if (message.trim() === '') throw new Failure('definition', 'the message is empty: say what a change means');
  if (CONTROL.test(message))
    throw new Failure('definition', 'the message holds a line break or control character: keep it on one line');
  if (hasSkipDirective(message)) {
    throw new Failure('definition', 'the message holds a directive that makes CI skip the commit: remove it', {
      message,
    });
  }
}

/** Throws a Failure (`bad-value`) for a value that the subject could not carry or that could not be read back. */
export function assertValue(value: string, limit: number = VALUE_LIMIT): void {
  if (value === '') throw new Failure('bad-value', 'the value is empty');
  if (/[\r\n]/.test(value))
    throw new Failure('bad-value', 'the value has several lines: narrow it to one, or set digest: true');
  if (CONTROL.test(value)) throw new Failure('bad-value', 'the value holds control characters');
  if (hasSkipDirective(value))
    throw new Failure('bad-value', 'the value holds a directive that makes CI skip the commit');
  const length = [...value].length;
  if (length > limit) {
    throw new Failure('bad-value', 'the value is too long: narrow it, or set digest: true', {
      characters: length,
      limit,
    });
  }
}
