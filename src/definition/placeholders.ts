// `${name}` in templates of definitions: values go into parsed data, never into YAML text, so that no value can change
// what a definition says.
import { nearestWord } from '../core/nearest.ts';
import { isMap } from './layers.ts';
import { echo } from './problem.ts';
import type { UnplacedProblem } from './schema-problems.ts';

type ProblemWords = Pick<UnplacedProblem, 'message' | 'found' | 'nearest'>;

/** What a placeholder stands for: a value, where `undefined` leaves out what holds nothing but the placeholder; what is
 * wrong with it; or null where it is somebody else's and stays as it is. */
export type Meaning = { readonly value: unknown } | { readonly problem: ProblemWords } | null;

const PLACEHOLDER = /\$\{([^{}]*)\}/g;
const WHOLE = /^\$\{([^{}]*)\}$/;

/** The template with every placeholder filled in. A text that is nothing but a placeholder becomes the value itself, be
 * it a number or a list. Keys are left alone. Problems carry paths inside the template. */
export function fillTemplate(
  template: unknown,
  meaningOf: (placeholder: string) => Meaning,
): { readonly filled: unknown; readonly problems: readonly UnplacedProblem[] } {
  const problems: UnplacedProblem[] = [];
  const filled = fill(template, { meaningOf, problems, path: [] });
  return { filled, problems };
}

/** `${item}` is the item of a list, `${item.key}` a key of it. */
export function meaningOfItem(item: unknown): (placeholder: string) => Meaning {
  return (placeholder) => {
    if (placeholder === 'item') return { value: item };
    if (!placeholder.startsWith('item.')) return null;
    const key = placeholder.slice('item.'.length);
    if (isMap(item) && Object.hasOwn(item, key)) return { value: item[key] };
    const known = isMap(item) ? Object.keys(item) : [];
    return { problem: { message: 'the item has no such key', found: key, nearest: nearestWord(key, known) } };
  };
}

interface Filling {
  readonly meaningOf: (placeholder: string) => Meaning;
  readonly problems: UnplacedProblem[];
  readonly path: readonly PropertyKey[];
}

function fill(template: unknown, filling: Filling): unknown {
  const below = (part: PropertyKey): Filling => ({ ...filling, path: [...filling.path, part] });
  if (Array.isArray(template))
    return template.map((part, index) => fill(part, below(index))).filter((part) => part !== undefined);
  if (isMap(template)) {
    const entries = Object.entries(template).map(([key, part]) => [key, fill(part, below(key))] as const);
    return Object.fromEntries(entries.filter(([, part]) => part !== undefined));
  }
  if (typeof template !== 'string') return template;
  const whole = WHOLE.exec(template)?.[1];
  if (whole !== undefined) return standsFor(whole, template, filling);
  return template.replace(PLACEHOLDER, (written, placeholder: string) => {
    const value = standsFor(placeholder, written, filling);
    if (value === undefined) say(filling, { message: 'what may be left out cannot stand inside a text' });
    else if (typeof value !== 'object' || value === null) return String(value);
    else say(filling, { message: 'a list or map cannot stand inside a text', found: echo(value) });
    return '';
  });
}

function standsFor(placeholder: string, written: string, filling: Filling): unknown {
  const meaning = filling.meaningOf(placeholder);
  if (meaning === null) return written;
  if ('value' in meaning) return meaning.value;
  say(filling, meaning.problem);
  return '';
}

function say(filling: Filling, words: ProblemWords): void {
  filling.problems.push({ path: filling.path, atKey: false, ...words });
}
