// How the tests of the architecture rules are written: sources that a rule must refuse, and sources that it must admit.
import { describe, expect, it } from 'vitest';
import { describeViolations, type ParsedFile, parseFile, type Violation } from './source-tree.ts';

/** One file or several: path -> text. */
export type Sample = Readonly<Record<string, string>>;

export function describeRule(
  name: string,
  samples: {
    readonly rule: (files: readonly ParsedFile[]) => readonly Violation[];
    readonly refuses: readonly Sample[];
    readonly admits: readonly Sample[];
  },
): void {
  const judge = (sample: Sample) =>
    describeViolations(samples.rule(Object.entries(sample).map(([path, text]) => parseFile(path, text))));
  const titled = (list: readonly Sample[]) =>
    list.map((sample) => ({ title: JSON.stringify(sample).slice(0, 100), sample }));

  describe(name, () => {
    it.each(titled(samples.refuses))('refuses $title', ({ sample }) => {
      expect(judge(sample)).not.toEqual([]);
    });

    it.each(titled(samples.admits))('admits $title', ({ sample }) => {
      expect(judge(sample)).toEqual([]);
    });
  });
}
