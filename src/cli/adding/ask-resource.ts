// The conversation of `add-resource` on a terminal: what flags did not say is asked, and nothing else.
import type { Entry } from '../../catalogue/entry.ts';
import { fillEntry } from '../../catalogue/fill-entry.ts';
import type { Catalogue } from '../../catalogue/open-catalogue.ts';
import type { Given } from '../../catalogue/parameter.ts';
import type { Prompts } from '../tools.ts';
import { askEntry, askParameters } from './ask-entry.ts';

const NAME_QUESTION = 'What is the resource called?';

/** Extract steps as they are written. */
export type Steps = readonly Readonly<Record<string, unknown>>[];

/** What the conversation gives: a name, and the keys of resource.yaml or an entry of the catalogue with its values. */
export type Asked =
  | { readonly kind: 'written'; readonly name: string; readonly message: string; readonly steps: Steps }
  | {
      readonly kind: 'entry';
      /** Null: as the entry calls it. */
      readonly name: string | null;
      readonly entry: Entry;
      readonly given: ReadonlyMap<string, Given>;
    };

export interface Known {
  readonly name: string | null;
  readonly message: string | null;
  readonly steps: Steps | null;
}

const KINDS = [
  { value: 'json', label: 'JSON: a JSONPath', ask: 'Which JSONPath?', placeholder: '$.releases[0].version' },
  { value: 'css', label: 'a web page: a CSS selector', ask: 'Which CSS selector?', placeholder: '.release .version' },
  { value: 'xpath', label: 'XML or a web page: an XPath', ask: 'Which XPath?', placeholder: '//item/title' },
  { value: 'header', label: 'a response header', ask: 'Which header?', placeholder: 'etag' },
  { value: 'regex', label: 'text: a regular expression', ask: 'Which expression?', placeholder: 'v(\\d+\\.\\d+)' },
  { value: 'text', label: 'all of the text', ask: null, placeholder: '' },
] as const;

const ORIGINS = [
  { value: 'url', label: 'a page, a file or an API, by its URL' },
  { value: 'catalogue', label: 'something from the catalogue' },
] as const;

/** Asks for what is null; resolves to null where a question is waved away. */
export async function askResource(known: Known, prompts: Prompts, catalogue: () => Catalogue): Promise<Asked | null> {
  if (known.steps !== null) return askWritten(known, prompts);
  const origin = await prompts.select({ message: 'What is watched?', choices: ORIGINS });
  switch (origin) {
    case null:
      return null;
    case 'url':
      return askWritten(known, prompts);
    case 'catalogue':
      return askFromCatalogue(known, prompts, catalogue());
    default:
      return origin satisfies never;
  }
}

async function askFromCatalogue({ name }: Known, prompts: Prompts, catalogue: Catalogue): Promise<Asked | null> {
  const entry = await askEntry(catalogue, prompts);
  if (entry === null) return null;
  const given = await askParameters([...entry.parameters.values()], prompts);
  if (given === null) return null;
  if (name !== null) return { kind: 'entry', name, entry, given };
  const usual = fillEntry(entry, given).name;
  const answer = await prompts.text({ message: NAME_QUESTION, placeholder: usual });
  return answer === null ? null : { kind: 'entry', name: answer === '' ? null : answer, entry, given };
}

async function askWritten(known: Known, prompts: Prompts): Promise<Asked | null> {
  const name =
    known.name ?? (await prompts.text({ message: NAME_QUESTION, placeholder: 'core-beta', problem: required }));
  if (name === null) return null;
  const steps = known.steps ?? (await askSteps(prompts));
  if (steps === null) return null;
  const message =
    known.message ??
    (await prompts.text({
      message: 'What does a change mean?',
      placeholder: `New version of ${name}`,
      problem: required,
    }));
  return message === null ? null : { kind: 'written', name, steps, message };
}

async function askSteps(prompts: Prompts): Promise<Steps | null> {
  const url = await prompts.text({
    message: 'Which URL is watched?',
    placeholder: 'https://www.example.com/releases.json',
    problem: (answer) => (/^https?:\/\/./.test(answer) ? null : 'A URL begins with https:// or http://'),
  });
  if (url === null) return null;
  const kind = await prompts.select({ message: 'What of it is the value?', choices: KINDS });
  if (kind === null) return null;
  const chosen = KINDS.find(({ value }) => value === kind);
  if (chosen === undefined || chosen.ask === null) return [{ http: url }];
  const argument = await prompts.text({ message: chosen.ask, placeholder: chosen.placeholder, problem: required });
  return argument === null ? null : [{ http: url }, { [kind]: argument }];
}

function required(answer: string): string | null {
  return answer.trim() === '' ? 'Something has to be here' : null;
}
