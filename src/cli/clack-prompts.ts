// Questions on a terminal, through @clack/prompts, on stderr: stdout stays the answer. Loaded only when something is asked.
import type { Readable, Writable } from 'node:stream';
import type { Prompts } from './tools.ts';

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
    }: {
      readonly message: string;
      readonly choices: readonly { readonly value: Value; readonly label: string }[];
    }) {
      const { isCancel, select } = await load();
      const options = choices.map(({ value, label }) => ({ value: value as string, label }));
      const answer = await select<string>({ ...streams, message, options });
      return isCancel(answer) ? null : (answer as Value);
    },
    async confirm(message) {
      const { confirm, isCancel } = await load();
      const answer = await confirm({ ...streams, message, initialValue: false });
      return isCancel(answer) ? null : answer;
    },
  };
}
