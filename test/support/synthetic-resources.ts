// Sets of resources for synthetic repositories: plain ones that the benchmark can measure, and ones with everything that
// real histories contain, each with the value that a reader must find.
import type { SyntheticMerge, SyntheticResource } from './synthetic-repository.ts';

/**
 * How the value is got: `http` (resource.yaml, http and json steps), `classic-http` (the same page by a shell
 * extractor with curl), `classic-file` (a shell extractor that starts one external command on a local file).
 */
export type ValueSource =
  | { readonly kind: 'http'; readonly web: string }
  | { readonly kind: 'classic-http'; readonly web: string }
  | { readonly kind: 'classic-file'; readonly directory: string };

/** The message of a plain resource's change commits. */
export function plainMessage(index: number): string {
  return `New revision of item ${index} in the beta channel`;
}

/** The value of item `index` after the `generation`th change of everything. */
export function plainValue(index: number, generation: number): string {
  return `${generation}.${index}+g${(index * 7919 + generation).toString(16)}`;
}

export function plainName(index: number): string {
  return `item-${String(index).padStart(5, '0')}-beta`;
}

/** `count` resources with `changes` change commits each, the newest of them for the values of generation 0. */
export function plainResources(options: {
  readonly count: number;
  readonly changes: number;
  readonly source: ValueSource;
}): readonly SyntheticResource[] {
  return Array.from({ length: options.count }, (_, index) => ({
    name: plainName(index),
    files: plainDefinition(index, options.source),
    subjects: Array.from(
      { length: options.changes },
      (_, change) => `${plainMessage(index)} (${plainValue(index, change - options.changes + 1)})`,
    ),
  }));
}

function plainDefinition(index: number, source: ValueSource): Readonly<Record<string, string>> {
  const message = plainMessage(index);
  switch (source.kind) {
    case 'http':
      return {
        'resource.yaml': `message: ${message}\nextract:\n  - http: ${source.web}/value/${index}\n  - json: $.value\n`,
      };
    case 'classic-http':
      return { options: classicOptions(message, `curl -s ${source.web}/value/${index} | jq -r .value`) };
    case 'classic-file':
      return { options: classicOptions(message, `cat ${source.directory}/${index}`) };
  }
}

/** The text of a classic definition. `extractor` must not hold a single quote. */
export function classicOptions(message: string, extractor: string): string {
  return `message="${message}"\npattern_extractor='${extractor}'\n`;
}

/** A branch of a long central history, with what a reader must find there. */
export interface LongHistory {
  readonly resource: SyntheticResource;
  readonly message: string;
  /** Value of the newest change commit of `message`. */
  readonly value: string;
}

/**
 * Branches with `changes` change commits each (34 x 500 make the 17,000 of a real repository), of the shapes that are
 * found there: plain revisions, values with blanks, parentheses and `+`, messages that end in a blank, ISO weeks that
 * recur, newer commits of other messages on top, and merges whose other side does not count.
 */
export function longHistories(options: {
  readonly branches: number;
  readonly changes: number;
}): readonly LongHistory[] {
  return Array.from({ length: options.branches }, (_, index) => longHistory(index, options.changes));
}

function longHistory(index: number, changes: number): LongHistory {
  const shape = SHAPES[index % SHAPES.length] ?? plainShape;
  const { message, value, above } = shape(index);
  // Every seventh commit is of another message: two watches have shared a branch in real histories.
  const subjects: (string | SyntheticMerge)[] = Array.from({ length: changes }, (_, change) =>
    change % 7 === 3 ? `Nightly run ${index} (${change})` : `${message} (${value(change)})`,
  );
  subjects.push(`${message} (${value(changes)})`, ...above);
  return {
    resource: {
      name: `watch-${String(index).padStart(2, '0')}`,
      files: { options: classicOptions(message, `cat value-${index}`) },
      subjects,
    },
    message,
    value: value(changes),
  };
}

interface Shape {
  readonly message: string;
  /** The value of the nth change; never the same twice in a row. */
  readonly value: (change: number) => string;
  /** Commits that are newer than the newest change of this message. */
  readonly above: readonly (string | SyntheticMerge)[];
}

const plainShape = (index: number): Shape => ({
  message: `New snap number ${index} in beta channel`,
  value: (change) => String(1000 + change),
  above: [],
});

const SHAPES: readonly ((index: number) => Shape)[] = [
  plainShape,
  (index) => ({
    message: `New image ${index} for s390x arch `,
    value: (change) => `img-${change} (daily build) 2.${change}+git~a`,
    above: [],
  }),
  (index) => ({
    message: `New week ${index}`,
    value: (change) => String((change % 52) + 1).padStart(2, '0'),
    above: [`New week ${index} of another kind (99)`, 'Update the definition'],
  }),
  (index) => ({
    message: `New kernel ${index}: [amd64] *.deb`,
    value: (change) => `6.${change}.0-rc1`,
    above: [
      { subject: 'Merge (by hand)', merged: [`New kernel ${index}: [amd64] *.deb (of a side line)`] },
      `Re: New kernel ${index}: [amd64] *.deb (1)`,
    ],
  }),
];
