// NAME arguments: names and globs, matched against the resources that there are.
import { Failure } from '../core/failure.ts';
import { globMatcher, isGlob } from '../core/glob.ts';
import { nearestWord } from '../core/nearest.ts';

/** The names that the patterns mean; a branch means its resource. A pattern that matches nothing is a Failure `not-found`
 * with the nearest name. */
export function matchNames(
  patterns: readonly string[],
  resources: readonly { readonly name: string; readonly branch: string }[],
): ReadonlySet<string> {
  const names = resources.map(({ name }) => name);
  const known = new Set(names);
  const matched = new Set<string>();
  const onBranch = (wanted: string) => resources.filter(({ branch }) => branch === wanted).map(({ name }) => name);
  for (const pattern of patterns) {
    const found = known.has(pattern)
      ? [pattern]
      : isGlob(pattern)
        ? names.filter(globMatcher(pattern))
        : onBranch(pattern);
    if (found.length === 0) {
      throw new Failure('not-found', 'no resource has this name: spread-cron status lists them', {
        name: pattern,
        did_you_mean: nearestWord(pattern, names),
      });
    }
    for (const name of found) matched.add(name);
  }
  return matched;
}
