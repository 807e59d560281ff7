// A container as tests see it, whoever carries it out.
import type { ContainerOptions } from './container-command.ts';
import type { ImageConfig } from './dockerfile.ts';
import type { Ran, Running } from './terminal.ts';

export interface Container {
  /** Process 1, with what it writes. */
  readonly main: Running;
  /** A command inside, as the image's user. */
  exec(words: readonly string[]): Promise<Ran>;
  /** SIGTERM to process 1; resolves once it has ended. */
  stop(): Promise<Ran>;
}

export interface ContainerMaker {
  /** What the built image says of itself. */
  readonly config: ImageConfig;
  start(options: ContainerOptions): Promise<Container>;
  remove(): Promise<void>;
}
