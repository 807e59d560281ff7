// Filter `semver`: the newest of several versions within a range.
import semanticVersions from 'semver';
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { expression } from '../expression.ts';
import type { StepType } from '../step.ts';
import { beginningOf, linesOf, textContent } from '../text-of.ts';

const schema = z.strictObject({
  semver: expression('Range of semantic versions, such as ^1.2, >=2 <4 or * for all', (range) => {
    if (semanticVersions.validRange(range, { loose: true }) === null)
      throw new Failure('definition', 'this is no range of versions: write ^1.2, ~1.2, >=1 <3, 1.x or *');
  }),
  prereleases: z
    .boolean()
    .default(false)
    .describe('true: versions such as 2.0.0-rc.1 count too; otherwise only where the range itself names one'),
});

type Options = z.infer<typeof schema>;

export const semver: StepType<Options> = {
  role: 'filter',
  summary: 'the newest version within a range',
  schema,
  async run({ semver: range, prereleases }, input) {
    const lines = linesOf(input).map((line) => line.trim());
    const versions = lines.flatMap((text) => {
      const version = readVersion(text);
      return version === null ? [] : [{ text, version }];
    });
    const inRange = versions.filter(({ version }) =>
      semanticVersions.satisfies(version, range, { loose: true, includePrerelease: prereleases }),
    );
    const [first, ...others] = inRange;
    if (first === undefined) {
      throw new Failure('no-match', 'no version is in the range', {
        range,
        versions: versions.length,
        other_lines: lines.length - versions.length,
        first: beginningOf(lines[0] ?? ''),
      });
    }
    const newest = others.reduce(
      (best, one) => (semanticVersions.compareBuild(one.version, best.version, true) > 0 ? one : best),
      first,
    );
    return textContent(newest.text);
  },
};

/** A version as tags and lists have it: with or without `v`, missing numbers are zero, leading zeros do not count. */
function readVersion(text: string): semanticVersions.SemVer | null {
  const match = /^[v=\s]*(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?([-+][\w.+-]+)?$/i.exec(text);
  if (match === null) return null;
  const [, major, minor = '0', patch = '0', suffix = ''] = match;
  return semanticVersions.parse([major, minor, patch].map(Number).join('.') + suffix, { loose: true });
}
