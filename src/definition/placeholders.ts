// `${item}` and `${item.key}` in the templates of `for_each`: values go into parsed data, never into YAML text, so that
// no value can change what a definition says.
import { nearestWord } from '../core/nearest.ts';
import { isMap } from './layers.ts';
import { echo } from './problem.ts';
import type { UnplacedProblem } from './schema-problems.ts';

const PLACEHOLDER = /\$\{item(?:\.([^{}]*))?\}/g;
const WHOLE = /^\$\{item(?:\.([^{}]*))?\}$/;

/** The template with every placeholder filled in. A text that is nothing but a placeholder becomes the value itself, be
 * it a number or a list. Keys are left alone. Problems carry paths inside the template. */
export function fillTemplate(
  template: unknown,
  item: unknown,
): { readonly filled: unknown; readonly problems: readonly UnplacedProblem[] } {
  const problems: UnplacedProblem[] = [];
  const filled = fill(template, { item, problems, path: [] });
  return { filled, problems };
}

interface Filling {
  readonly item: unknown;
  readonly problems: UnplacedProblem[];
  readonly path: readonly PropertyKey[];
}

function fill(template: unknown, filling: Filling): unknown {
  const below = (part: PropertyKey): Filling => ({ ...filling, path: [...filling.path, part] });
  if (Array.isArray(template)) return template.map((part, index) => fill(part, below(index)));
  if (isMap(template))
    return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fill(value, below(key))]));
  if (typeof template !== 'string') return template;
  const whole = WHOLE.exec(template);
  if (whole !== null) return lookUp(whole[1], filling);
  return template.replace(PLACEHOLDER, (_match, key: string | undefined) => {
    const value = lookUp(key, filling);
    if (typeof value !== 'object' || value === null) return String(value);
    say(filling, 'a list or map cannot stand inside a text', { found: echo(value) });
    return '';
  });
}

function lookUp(key: string | undefined, filling: Filling): unknown {
  const { item } = filling;
  if (key === undefined) return item;
  if (isMap(item) && Object.hasOwn(item, key)) return item[key];
  const known = isMap(item) ? Object.keys(item) : [];
  say(filling, 'the item has no such key', { found: key, nearest: nearestWord(key, known) });
  return '';
}

function say(filling: Filling, message: string, more: Partial<UnplacedProblem>): void {
  filling.problems.push({ path: filling.path, atKey: false, message, ...more });
}
