// The language of `template` steps: `${value}` is what came in, `${NAME}` what an earlier step kept with `as`.
import { Failure } from '../core/failure.ts';

/** The name of the input in a template. */
export const INPUT_NAME = 'value';

/** What `as` allows. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.+-]*$/u;

/** A written template, taken apart: literal texts and names, in order. */
export type Template = readonly ({ readonly text: string } | { readonly name: string })[];

/** Takes a template apart; `$$` is a dollar sign. Throws a Failure (`definition`) for a placeholder that is not a name. */
export function parseTemplate(source: string): Template {
  const parts: ({ text: string } | { name: string })[] = [];
  let end = 0;
  for (const match of source.matchAll(/\$\$|\$\{([^}]*)\}?/g)) {
    parts.push({ text: source.slice(end, match.index) });
    end = match.index + match[0].length;
    if (match[0] === '$$') parts.push({ text: '$' });
    else parts.push({ name: placeholderName(match[0], match[1] ?? '') });
  }
  parts.push({ text: source.slice(end) });
  return parts.filter((part) => !('text' in part) || part.text !== '');
}

/** The names of kept outputs that a template needs. */
export function templateNames(template: Template): readonly string[] {
  const names = template.flatMap((part) => ('name' in part ? [part.name] : []));
  return [...new Set(names)].filter((name) => name !== INPUT_NAME);
}

function placeholderName(placeholder: string, name: string): string {
  if (placeholder.endsWith('}') && NAME.test(name)) return name;
  const message = name.startsWith('secret:')
    ? 'secrets are for requests only, a value is public: remove it from the template'
    : 'a placeholder is ${value} or ${NAME} of a kept output; write $$ for a dollar sign';
  throw new Failure('definition', message, { placeholder });
}
