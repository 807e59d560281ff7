// Questions on a terminal, through @clack/prompts, on stderr: stdout stays the answer. Loaded only when something is asked.
import type { Readable, Writable } from 'node:stream';
import type { Prompts } from '../tools.ts';

/** More choices than these are searched by typing rather than walked through. */
const MANY = 10;

/** Prompts on these streams, which are a terminal; an aborted signal answers null. */
export function clackPrompts(streams: {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}): Prompts {
  const load = () => import('@clack/prompts');
  return {
    async text({ message, placeholder, problem }) {
      const { isCancel, text } = await load();
      const answer = await text({
        ...streams,
        message,
        ...(placeholder === undefined ? {} : { placeholder }),
        validate: (given) => problem?.(given ?? '') ?? undefined,
      });
      return isCancel(answer) ? null : answer;
    },
    async select<Value extends string>({
      message,
      choices,
      initial,
    }: {
      readonly message: string;
      readonly choices: readonly { readonly value: Value; readonly label: string }[];
      readonly initial?: Value;
    }) {
      const { autocomplete, isCancel, select } = await load();
      const options = choices.map(({ value, label }) => ({ value: value as string, label }));
      const ask = options.length > MANY ? autocomplete<string> : select<string>;
      const answer = await ask({
        ...streams,
        message,
        options,
        maxItems: MANY,
        ...(initial === undefined ? {} : { initialValue: initial as string }),
      });
      return isCancel(answer) ? null : (answer as Value);
    },
    async confirm(message) {
      const { confirm, isCancel } = await load();
      const answer = await confirm({ ...streams, message, initialValue: false });
      return isCancel(answer) ? null : answer;
    },
  };
}
