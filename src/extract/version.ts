// The order of version strings as they are found in the world: semantic versions, two-part ones, dates, tags with a
// prefix, release candidates. One order for `sort`, `newest` and the git source.

/** What a version is compared by, in this order. */
interface VersionKey {
  /** Numbers without leading zeros, as text, since dates and builds may be longer than a number can be. */
  readonly numbers: readonly string[];
  /** -1 before the release of these numbers, 0 the release itself, 1 after it (patches, revisions of packagers). */
  readonly phase: -1 | 0 | 1;
  readonly suffix: readonly string[];
  readonly build: readonly string[];
}

/** Words that stand before a release. A single letter counts only with a number after it (`1.0a1`; `1.0.2a` is later). */
const BEFORE =
  /^(?:alpha|beta|rc|cr|pre|preview|dev|devel|snapshot|nightly|canary|next|milestone|ea|insider|unstable|experimental|testing|edge|wip|draft)(?![a-z])|^(?:a|b|c|m|d)(?=[.-]?\d)/;
const RELEASE_WORD = /^(?:final|ga|release|stable|lts)(?![a-z])/;
const SHORT_FORMS: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', c: 'rc', cr: 'rc', pre: 'preview' };

/** Semantic Versioning 2.0.0 with a pre-release part; there every such part is one, also `1.0.0-1`. */
const SEMVER_PRERELEASE = /^v?\d+\.\d+\.\d+-[\da-z.-]+(?:\+|$)/;

/**
 * Negative, zero or positive as `a` stands before, at or after `b`. A total order over all strings: only equal strings
 * give zero. Text before the first digit does not count (`v1.2`, `release-1.2`), missing numbers are zero, what has no
 * digit stands before everything that has one.
 */
export function compareVersions(a: string, b: string): number {
  const left = keyOf(a);
  const right = keyOf(b);
  return (
    Math.sign(left.numbers.length && right.numbers.length ? 0 : left.numbers.length - right.numbers.length) ||
    compareLists(left.numbers, right.numbers, { missing: '0' }) ||
    left.phase - right.phase ||
    compareLists(left.suffix, right.suffix, {}) ||
    compareLists(left.build, right.build, {}) ||
    left.numbers.length - right.numbers.length ||
    compareText(a, b)
  );
}

/** True for what comes before a release: `1.0-rc1`, `2.0.0-beta.3`, `3.1~pre2`, `4.0b2`, every semantic pre-release. */
export function isPrerelease(version: string): boolean {
  return keyOf(version).phase < 0;
}

/** True where there is a number to compare by. */
export function isVersion(text: string): boolean {
  return keyOf(text).numbers.length > 0;
}

function keyOf(version: string): VersionKey {
  const text = version.trim().toLowerCase();
  const start = text.search(/\d/);
  if (start < 0) return { numbers: [], phase: 0, suffix: [text], build: [] };
  const numbers = /^\d+(?:[._]\d+)*/.exec(text.slice(start))?.[0] ?? '';
  const [suffix = '', ...build] = text.slice(start + numbers.length).split('+');
  return {
    numbers: numbers.split(/[._]/).map((number) => number.replace(/^0+(?=\d)/, '')),
    ...readSuffix(suffix, SEMVER_PRERELEASE.test(text)),
    build: tokens(build.join('+')),
  };
}

function readSuffix(suffix: string, semantic: boolean): Pick<VersionKey, 'phase' | 'suffix'> {
  const bare = suffix.replace(/^[^\da-z]+/, '');
  if (bare === '' || RELEASE_WORD.test(bare)) return { phase: 0, suffix: tokens(bare) };
  const before = semantic || suffix.startsWith('~') || BEFORE.test(bare);
  return { phase: before ? -1 : 1, suffix: tokens(bare) };
}

/** Runs of digits and runs of letters. */
function tokens(text: string): readonly string[] {
  return (text.match(/\d+|[^\W\d_]+/gu) ?? []).map((token) =>
    /^\d/.test(token) ? token.replace(/^0+(?=\d)/, '') : (SHORT_FORMS[token] ?? token),
  );
}

function compareLists(
  a: readonly string[],
  b: readonly string[],
  { missing }: { readonly missing?: string | undefined },
): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const left = a[index] ?? missing;
    const right = b[index] ?? missing;
    if (left === undefined || right === undefined) return a.length - b.length;
    const order = compareTokens(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers by size and before words, words by letters. */
function compareTokens(a: string, b: string): number {
  const numeric = /^\d/.test(a);
  if (numeric !== /^\d/.test(b)) return numeric ? -1 : 1;
  if (numeric && a.length !== b.length) return a.length - b.length;
  return compareText(a, b);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
