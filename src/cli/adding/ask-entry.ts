// The conversation about an entry of the catalogue: which one, and the values of its parameters.
import type { Entry } from '../../catalogue/entry.ts';
import type { Catalogue } from '../../catalogue/open-catalogue.ts';
import { type Given, hasFallback, type Parameter, takeValue } from '../../catalogue/parameter.ts';
import { describeFailure, Failure } from '../../core/failure.ts';
import type { Prompts } from '../tools.ts';

/** Asks which entry; null where that is waved away. */
export async function askEntry(catalogue: Catalogue, prompts: Prompts): Promise<Entry | null> {
  const entries = await Promise.all((await catalogue.names()).map((name) => catalogue.entry(name)));
  const choices = entries.map(({ name, summary }) => ({ value: name, label: `${name}: ${summary}` }));
  const chosen = await prompts.select({ message: 'Which one?', choices });
  return entries.find(({ name }) => name === chosen) ?? null;
}

/** Asks for a value of each parameter; what has a default may be left empty. Null where a question is waved away. */
export async function askParameters(
  parameters: readonly Parameter[],
  prompts: Prompts,
): Promise<ReadonlyMap<string, Given> | null> {
  const given = new Map<string, Given>();
  for (const parameter of parameters) {
    const answer = await askParameter(parameter, prompts);
    if (answer === null) return null;
    if (answer !== '') given.set(parameter.name, answer);
  }
  return given;
}

function askParameter(parameter: Parameter, prompts: Prompts): Promise<string | null> {
  const { name, description, fallback, several, choices } = parameter;
  const message = `${name}: ${description}`;
  const usual = fallback === null ? null : String(fallback);
  if (choices !== null && !several && hasFallback(parameter) === (fallback !== null)) {
    const words = [...choices.keys()].map((word) => ({ value: word, label: word }));
    return prompts.select({ message, choices: words, ...(usual === null ? {} : { initial: usual }) });
  }
  return prompts.text({
    message,
    placeholder: usual ?? (hasFallback(parameter) ? 'may be left empty' : undefined),
    problem: (answer) => problemOf(parameter, answer),
  });
}

function problemOf(parameter: Parameter, answer: string): string | null {
  if (answer === '') return hasFallback(parameter) ? null : 'Something has to be here';
  try {
    takeValue(parameter, answer);
    return null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // the question says what the parameter means
    const { parameter: _name, meaning: _meaning, ...details } = error.details;
    return describeFailure(new Failure(error.reason, error.message, details));
  }
}
