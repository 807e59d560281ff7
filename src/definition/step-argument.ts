// Steps on the command line: one repeatable flag in order. `http=URL` starts a step, `http.timeout=5s` adds an option to
// the step that was started last, `http.headers.Accept=text/plain` an entry of a map.
import { Failure } from '../core/failure.ts';

type WrittenStep = Readonly<Record<string, unknown>>;

const ARGUMENT = /^([A-Za-z][\w-]*)((?:\.[\w-]+){0,2})=([\s\S]*)$/;

/**
 * Steps as a `resource.yaml` would have them, for the same checks. A main argument is text as it stands. The value of an
 * option is text unless it reads as JSON (`true`, `3`, `["a"]`, `"3"` for the text 3). Throws a Failure (`usage`).
 */
export function parseStepArguments(given: readonly string[]): readonly WrittenStep[] {
  const steps: Record<string, unknown>[] = [];
  let kind: string | null = null;
  for (const argument of given) {
    const match = ARGUMENT.exec(argument);
    const [, name, options = '', value = ''] = match ?? [];
    if (name === undefined)
      throw new Failure('usage', 'write a step as KIND=ARGUMENT or KIND.OPTION=VALUE', { argument });
    const [option, entry] = options.split('.').slice(1);
    const step = steps.at(-1);
    if (option === undefined) {
      steps.push({ [name]: value });
      kind = name;
    } else if (step === undefined || name !== kind) {
      throw new Failure('usage', 'an option follows the step that it belongs to', { argument, step: kind });
    } else addOption(step, { option, entry, value, argument });
  }
  return steps;
}

function addOption(
  step: Record<string, unknown>,
  added: {
    readonly option: string;
    readonly entry: string | undefined;
    readonly value: string;
    readonly argument: string;
  },
): void {
  const { option, entry, value, argument } = added;
  const before = Object.hasOwn(step, option) ? step[option] : undefined;
  const isMap = typeof before === 'object' && before !== null && !Array.isArray(before);
  const taken =
    entry === undefined ? before !== undefined : isMap ? Object.hasOwn(before, entry) : before !== undefined;
  if (taken) throw new Failure('usage', 'the step has this option already', { argument });
  step[option] = entry === undefined ? readValue(value) : { ...(isMap ? before : {}), [entry]: value };
}

function readValue(text: string): unknown {
  if (!/^(?:true|false|-?\d+(?:\.\d+)?|\[.*\]|\{.*\}|".*")$/s.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    // text that only looks like JSON, such as a regular expression in brackets
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
