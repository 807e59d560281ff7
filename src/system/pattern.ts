// Regular expressions that people write, matched in linear time (RE2 syntax, by re2js): no input can make one hang.
import { type Matcher, RE2JS, RE2JSException } from 're2js';
import { Failure } from '../core/failure.ts';

/** One match. */
export interface Match {
  readonly text: string;
  /** Offset in UTF-16 code units. */
  readonly index: number;
  /** Capturing groups in the order of their opening parentheses; null for one that took no part. */
  readonly groups: readonly (string | null)[];
  /** Groups that have a name, `(?<name>…)` or `(?P<name>…)`. */
  readonly named: Readonly<Record<string, string | null>>;
}

export interface Pattern {
  /** As written. */
  readonly source: string;
  /** Number of capturing groups. */
  readonly groupCount: number;
  /** Names of the capturing groups that have one. */
  readonly groupNames: readonly string[];
  /** True where the pattern matches somewhere in the text. */
  test(text: string): boolean;
  /** The first match. */
  match(text: string): Match | null;
  /** All matches from left to right, none overlapping; found one by one, so that stopping early is cheap. */
  matchAll(text: string): Iterable<Match>;
  /** The text with matches replaced; in the replacement `$1`, `$<name>`, `$&` and `$$` have JavaScript's meaning. */
  replace(text: string, replacement: string, which?: 'all' | 'first'): string;
}

/** Flags by letter: `i` any case, `m` lines (`^` and `$` match at each one), `s` a dot matches line breaks too. */
const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/** Steps of a compiled expression. Matching takes time in proportion to them: `x{1000}` has a thousand. */
const LARGEST_PROGRAM = 10_000;

/** Compiles an expression. Throws a Failure (`definition`) that says what is wrong and what there is no linear time for. */
export function compilePattern(source: string, flags = ''): Pattern {
  const compiled = compile(source, flagBits(flags));
  const names = compiled.namedGroups();
  const groupNames = Object.keys(names);
  const toMatch = (matcher: Matcher): Match => ({
    text: matcher.group() ?? '',
    index: matcher.start(),
    groups: Array.from({ length: compiled.groupCount() }, (_, group) => matcher.group(group + 1)),
    named: Object.fromEntries(groupNames.map((name) => [name, matcher.group(name)])),
  });
  return {
    source,
    groupCount: compiled.groupCount(),
    groupNames,
    test: (text) => compiled.test(text),
    match(text) {
      const matcher = compiled.matcher(text);
      return matcher.find() ? toMatch(matcher) : null;
    },
    *matchAll(text) {
      const matcher = compiled.matcher(text);
      while (matcher.find()) yield toMatch(matcher);
    },
    replace(text, replacement, which = 'all') {
      const matcher = compiled.matcher(text);
      return which === 'all' ? matcher.replaceAll(replacement) : matcher.replaceFirst(replacement);
    },
  };
}

function compile(source: string, flags: number): RE2JS {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source, flags);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const [message, details] = explain(source, error.message);
    throw new Failure('definition', message, details);
  }
  const size = compiled.programSize();
  if (size > LARGEST_PROGRAM)
    throw new Failure('definition', 'the regular expression is too large, repeat less or fewer times', {
      size,
      limit: LARGEST_PROGRAM,
    });
  return compiled;
}

/** The message for what re2js refused; the usual reason is a construct that cannot be matched in linear time. */
function explain(source: string, problem: string): [message: string, details: Record<string, string>] {
  if (/\(\?<?[=!]/.test(source))
    return ['lookahead and lookbehind cannot be matched in linear time, capture the wanted part in a group', {}];
  if (/\\[1-9]|\\k</.test(source))
    return ['references back to a group cannot be matched in linear time, write the part out', {}];
  if (/\(\?>|[*+?}]\+/.test(source))
    return ['possessive and atomic parts are not needed in linear time, remove the sign', {}];
  return ['the regular expression is not valid', { problem: problem.replace(/^error parsing regexp: /, '') }];
}

function flagBits(flags: string): number {
  let bits = 0;
  for (const flag of flags) {
    const bit = FLAGS[flag];
    if (bit === undefined)
      throw new Failure('definition', 'this is no flag of regular expressions, use i, m or s', { flag });
    bits |= bit;
  }
  return bits;
}
