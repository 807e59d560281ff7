// Globs over resource names: `*` within a path segment, `**` across segments, `?` one character, `{a,b}` alternatives.
//
// Matched by following all places of the pattern at once, so that no pattern takes longer than pattern times name.

/** A step of a compiled pattern: a character, one character, a run of characters, or a way to other steps. */
type Step =
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'run'; readonly over: 'segment' | 'segments' }
  | { readonly kind: 'jump'; readonly to: readonly number[] };

/** A predicate for names. A pattern without special characters matches only itself. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const steps: Step[] = [];
  compile(pattern, steps);
  return (name) => {
    let places = reachable([0], steps);
    for (const character of name) {
      const next: number[] = [];
      for (const place of places) next.push(...after(place, steps[place], character));
      if (next.length === 0) return false;
      places = reachable(next, steps);
    }
    return places.has(steps.length);
  };
}

/** True where the text holds a character that globMatcher gives a meaning to. */
export function isGlob(text: string): boolean {
  return /[*?{]/.test(text);
}

function compile(pattern: string, steps: Step[]): void {
  for (const [token] of pattern.matchAll(/\*\*|\{[^{}]*\}|./gsu)) {
    if (token === '**') steps.push({ kind: 'run', over: 'segments' });
    else if (token === '*') steps.push({ kind: 'run', over: 'segment' });
    else if (token === '?') steps.push({ kind: 'one' });
    else if (token.length > 2 && token.startsWith('{')) compileAlternatives(token.slice(1, -1).split(','), steps);
    else if (token !== '{}') steps.push({ kind: 'character', character: token });
  }
}

/** A jump to the beginning of each alternative, each of which ends in a jump behind the last one. */
function compileAlternatives(alternatives: readonly string[], steps: Step[]): void {
  const entry = steps.length;
  steps.push({ kind: 'jump', to: [] });
  const beginnings: number[] = [];
  const exits: number[] = [];
  for (const alternative of alternatives) {
    beginnings.push(steps.length);
    compile(alternative, steps);
    exits.push(steps.length);
    steps.push({ kind: 'jump', to: [] });
  }
  steps[entry] = { kind: 'jump', to: beginnings };
  for (const exit of exits) steps[exit] = { kind: 'jump', to: [steps.length] };
}

/** The places that a character leads to from a place. */
function after(place: number, step: Step | undefined, character: string): readonly number[] {
  switch (step?.kind) {
    case 'character':
      return step.character === character ? [place + 1] : [];
    case 'one':
      return character === '/' ? [] : [place + 1];
    case 'run':
      return character === '/' && step.over === 'segment' ? [] : [place];
    default:
      return [];
  }
}

/** The places with all that they reach without a character: behind runs, and where jumps lead. */
function reachable(places: readonly number[], steps: readonly Step[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const open = [...places];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (reached.has(place)) continue;
    reached.add(place);
    const step = steps[place];
    if (step?.kind === 'run') open.push(place + 1);
    if (step?.kind === 'jump') open.push(...step.to);
  }
  return reached;
}
