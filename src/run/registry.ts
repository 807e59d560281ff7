// Every place where tasks can be carried out, by name. A new one is one line here.
import type { Executor } from './executor.ts';
import { createLocalExecutor, type LocalExecutorDoors } from './executors/local.ts';

export const EXECUTORS = {
  local: createLocalExecutor,
} as const satisfies Record<string, (doors: LocalExecutorDoors) => Executor>;

export type ExecutorKind = keyof typeof EXECUTORS;
