// What commands do their work with. Commands are functions of these, so that each can be tried without a repository.
import type { App } from '../app.ts';
import type { Clock } from '../system/clock.ts';
import type { ActionsJob } from './actions/job.ts';
import type { Output } from './terminal/output.ts';

/** Questions to whoever sits at the terminal; each answer is null where the question was waved away. */
export interface Prompts {
  text(question: {
    readonly message: string;
    readonly placeholder?: string | undefined;
    /** What is wrong with the answer, or null. */
    readonly problem?: ((answer: string) => string | null) | undefined;
  }): Promise<string | null>;
  select<Value extends string>(question: {
    readonly message: string;
    readonly choices: readonly { readonly value: Value; readonly label: string }[];
    /** What is chosen where nothing else is; default the first. */
    readonly initial?: Value;
  }): Promise<Value | null>;
  confirm(message: string): Promise<boolean | null>;
}

export interface Tools {
  readonly output: Output;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Aborted when running work is to be cancelled too; of all commands but `agent` the same moment as `signal`. */
  readonly cancel: AbortSignal;
  /** The name of whoever runs the command. */
  readonly user: string;
  /** Null where nobody can be asked. */
  readonly prompts: Prompts | null;
  /** Null where the command is no step of a job of GitHub Actions. */
  readonly job: ActionsJob | null;
}

export interface AppTools extends Tools {
  readonly app: App;
}
