// What is watched: how it is laid out, what its last values are, which definitions cannot be used and why.
import { describeFailure, type Failure } from '../../core/failure.ts';
import type { Resource, Watched } from '../../core/resource.ts';
import { counted, type Finding, findingsOf } from '../finding.ts';

export interface ResourceFacts {
  readonly resources: readonly Resource[];
  /** Newest recorded value by branch, with the day of its change; nothing where none was recorded. */
  readonly values: ReadonlyMap<string, { readonly value: string; readonly observedAt: number }>;
  /** What is wrong with a definition, by name, beyond its form: chains in a circle, shells that do not parse. */
  readonly against: ReadonlyMap<string, Failure>;
  /** How resources did that were tried; nothing where nobody asked for it. */
  readonly tried: ReadonlyMap<string, Failure | null>;
  /** Resources that failed in the last rounds, by name. */
  readonly failing: ReadonlyMap<string, { readonly since: number; readonly message: string }>;
  /** Nobody on this machine has checked them yet. */
  readonly firstTime: boolean;
}

/** Values that are listed. */
const MOST_SHOWN = 50;

const { ok, note, warning, problem } = findingsOf('resources');

export function resourceFindings(facts: ResourceFacts): readonly Finding[] {
  const { resources } = facts;
  const of = <State extends Resource['state']>(state: State) =>
    resources.filter((one): one is Extract<Resource, { state: State }> => one.state === state);
  const watched = of('watched');
  const broken: readonly (readonly [name: string, failure: Failure, path: string])[] = [
    ...of('broken').map(({ name, failure, source }) => [name, failure, source.path] as const),
    ...watched.flatMap(({ name, source }) => {
      const failure = facts.against.get(name);
      return failure === undefined ? [] : [[name, failure, source.path] as const];
    }),
  ];
  const idle = of('no-definition');
  const notStarted = of('not-started');
  const trouble = [...facts.tried].flatMap(([name, failure]) => (failure === null ? [] : [[name, failure] as const]));
  return [
    watched.length === 0 && broken.length === 0
      ? note('nothing is watched yet', { remedy: 'spread-cron add-resource watches something' })
      : ok(describeWatched(watched), { items: valuesOf(watched, facts) }),
    ...(facts.firstTime && watched.length > 0 ? [firstSteps(watched)] : []),
    ...(broken.length === 0
      ? []
      : [
          problem(`${counted(broken.length, 'definition')} cannot be used`, {
            items: broken.map(([name, failure, path]) => `${name}: ${withPlace(failure, path)}`),
            remedy: 'spread-cron validate tells everything that is wrong with them',
          }),
        ]),
    ...(trouble.length === 0
      ? facts.tried.size === 0
        ? []
        : [ok(`${counted(facts.tried.size, 'extraction')} tried, all gave a value or nothing yet`)]
      : [
          problem(`${counted(trouble.length, 'extraction fails', 'extractions fail')}`, {
            items: trouble.map(([name, failure]) => `${name}: ${describeFailure(failure)}`),
            remedy: 'spread-cron try NAME shows what every step gives',
          }),
        ]),
    ...(facts.failing.size === 0 || facts.tried.size > 0
      ? []
      : [
          warning(`${counted(facts.failing.size, 'resource')} failed in the last round`, {
            items: [...facts.failing].map(([name, { since, message }]) => `${name}: since ${day(since)}, ${message}`),
            remedy: 'spread-cron try NAME shows what every step gives',
          }),
        ]),
    ...(notStarted.length === 0
      ? []
      : [
          note(`${counted(notStarted.length, 'definition has', 'definitions have')} no branch yet and is not polled`, {
            items: notStarted.map(({ name }) => name),
            remedy: 'spread-cron start NAME makes it',
          }),
        ]),
    ...(idle.length === 0
      ? []
      : [
          note(`${counted(idle.length, 'branch holds', 'branches hold')} no definition and is left alone`, {
            items: idle.map(({ branch }) => branch),
          }),
        ]),
  ];
}

/** For whoever comes with a repository that others have polled so far. */
function firstSteps(watched: readonly Watched[]): Finding {
  const classic = watched.some(({ definition }) => definition.extraction.kind === 'classic');
  const message = classic
    ? 'classic definitions and their history work as they are: there is nothing to convert'
    : 'this machine has checked nothing yet';
  return note(message, {
    remedy: 'spread-cron check --dry-run shows what a first round would do, spread-cron agent begins to poll',
  });
}

/** `34 resources: 30 classic, 4 resource.yaml; 30 with files on their branch, 4 on the default branch`. */
function describeWatched(watched: readonly Watched[]): string {
  const count = (holds: (one: Watched) => boolean) => watched.filter(holds).length;
  const classic = count(({ definition }) => definition.extraction.kind === 'classic');
  const central = count(({ source }) => source.layout === 'central');
  const manual = count(({ definition }) => definition.manual);
  const some = (of: number, what: string) => (of === 0 ? [] : [`${of} ${what}`]);
  const kinds = [...some(classic, 'classic'), ...some(watched.length - classic, 'resource.yaml')];
  const layouts = [
    ...some(watched.length - central, 'defined on their branch'),
    ...some(central, 'defined on the default branch'),
  ];
  const never = some(manual, 'manual, never polled');
  return `${counted(watched.length, 'resource')}: ${[kinds, layouts, never]
    .map((part) => part.join(', '))
    .filter((part) => part !== '')
    .join('; ')}`;
}

function valuesOf(watched: readonly Watched[], { values }: ResourceFacts) {
  const lines = watched.map(({ name, branch }) => {
    const newest = values.get(branch);
    return newest === undefined
      ? `${name}: nothing recorded yet`
      : `${name}: ${newest.value}, since ${day(newest.observedAt)}`;
  });
  const left = lines.length - MOST_SHOWN;
  return left > 0 ? [...lines.slice(0, MOST_SHOWN), `and ${left} more: spread-cron status lists them`] : lines;
}

/** With the file, where the failure does not say it itself. */
function withPlace(failure: Failure, path: string): string {
  const text = describeFailure(failure);
  return text.includes(path) ? text : `${text} (${path})`;
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
