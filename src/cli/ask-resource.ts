// The conversation of `add-resource` on a terminal: what flags did not say is asked, and nothing else.
import type { Prompts } from './tools.ts';

/** What the conversation gives: a name, and the keys of resource.yaml. */
export interface Asked {
  readonly name: string;
  readonly message: string;
  readonly steps: readonly Readonly<Record<string, unknown>>[];
}

const KINDS = [
  { value: 'json', label: 'JSON: a JSONPath', ask: 'Which JSONPath?', placeholder: '$.releases[0].version' },
  { value: 'css', label: 'a web page: a CSS selector', ask: 'Which CSS selector?', placeholder: '.release .version' },
  { value: 'xpath', label: 'XML or a web page: an XPath', ask: 'Which XPath?', placeholder: '//item/title' },
  { value: 'header', label: 'a response header', ask: 'Which header?', placeholder: 'etag' },
  { value: 'regex', label: 'text: a regular expression', ask: 'Which expression?', placeholder: 'v(\\d+\\.\\d+)' },
  { value: 'text', label: 'all of the text', ask: null, placeholder: '' },
] as const;

/** Asks for what is null; resolves to null where a question is waved away. */
export async function askResource(
  known: {
    readonly name: string | null;
    readonly message: string | null;
    readonly steps: readonly Readonly<Record<string, unknown>>[] | null;
  },
  prompts: Prompts,
): Promise<Asked | null> {
  const name =
    known.name ??
    (await prompts.text({ message: 'What is the resource called?', placeholder: 'core-beta', problem: required }));
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
  return message === null ? null : { name, steps, message };
}

async function askSteps(prompts: Prompts): Promise<Asked['steps'] | null> {
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
