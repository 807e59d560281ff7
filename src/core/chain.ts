// Chains: resources that watch the results of other resources. A chain that leads back to where it began would feed
// itself for ever; this finds the circles.
import { Failure } from './failure.ts';
import { nearestWord } from './nearest.ts';

/** A resource and the names of those whose results it watches. */
export interface Link {
  readonly name: string;
  readonly watches: readonly string[];
}

/** Names of a long circle that are told before it is cut short. */
const LONGEST = 20;

/**
 * The circle that each resource is part of: names from the resource back to itself, as short as there is one for some
 * resource in it, a long one cut short by `…`. A resource that only leads into a circle is not part of it. Names that no link has are passed over.
 */
export function chainProblems(links: readonly Link[]): ReadonlyMap<string, readonly string[]> {
  const watches = new Map<string, readonly string[]>();
  for (const { name, watches: watched } of links) if (watched.length > 0) watches.set(name, watched);
  const circles = new Map<string, readonly string[]>();
  // what can neither be gone on from nor be come to for ever is in no circle
  const endless = reversed(withoutEnds(reversed(withoutEnds(watches))));
  for (const name of endless.keys()) {
    if (circles.has(name)) continue;
    const circle = circleThrough(name, endless);
    if (circle === null) continue;
    for (const [position, member] of circle.entries()) {
      if (circles.has(member)) continue;
      circles.set(member, fromMember(circle, position));
    }
  }
  return circles;
}

/** The Failure of a resource in a circle. */
export function chainFailure(circle: readonly string[]): Failure {
  return new Failure(
    'definition',
    'the resource watches its own results, directly or by way of others: break the circle',
    {
      circle: circle.join(' -> '),
    },
  );
}

/** The Failure of a step that names a resource which does not exist. */
export function unknownResource(name: string, names: Iterable<string>): Failure {
  const nearest = nearestWord(name, names);
  return new Failure('definition', 'there is no resource of this name to watch the results of', { name, nearest });
}

/** The circle as its member sees it. */
function fromMember(circle: readonly string[], position: number): readonly string[] {
  const around = [...circle.slice(position, position + LONGEST), ...circle.slice(0, position)].slice(0, LONGEST);
  return [...around, ...(circle.length > LONGEST ? ['…'] : []), circle[position] ?? ''];
}

/** Only the resources from which one can go on for ever: most are in no chain at all and cost nothing. */
function withoutEnds(watches: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const left = new Map(
    [...watches].map(([name, watched]) => [name, new Set(watched.filter((one) => watches.has(one)))]),
  );
  const watchers = reversed(left);
  const ends = [...left].filter(([, watched]) => watched.size === 0).map(([name]) => name);
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    left.delete(end);
    for (const watcher of watchers.get(end) ?? []) {
      const watched = left.get(watcher);
      if (watched?.delete(end) === true && watched.size === 0) ends.push(watcher);
    }
  }
  return new Map([...left].map(([name, watched]) => [name, [...watched]]));
}

/** Who is watched by whom. */
function reversed(watches: ReadonlyMap<string, Iterable<string>>): ReadonlyMap<string, readonly string[]> {
  const watchers = new Map<string, string[]>();
  for (const [name, watched] of watches) {
    for (const one of watched) {
      const known = watchers.get(one);
      if (known === undefined) watchers.set(one, [name]);
      else known.push(name);
    }
  }
  return watchers;
}

/** The shortest way from a resource back to itself, without the second mention of it; null where there is none. */
function circleThrough(start: string, watches: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  let level = [start];
  while (level.length > 0) {
    const next: string[] = [];
    for (const name of level) {
      for (const watched of watches.get(name) ?? []) {
        if (watched === start) return wayTo(name, cameFrom);
        if (cameFrom.has(watched)) continue;
        cameFrom.set(watched, name);
        next.push(watched);
      }
    }
    level = next;
  }
  return null;
}

function wayTo(end: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way = [end];
  for (let name = cameFrom.get(end); name !== undefined; name = cameFrom.get(name)) way.push(name);
  return way.reverse();
}
