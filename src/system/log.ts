// Narration on stderr: what the program is doing, for people. Answers go to stdout through cli/output.ts, not here.

export interface Log {
  /** Worth knowing now: something went wrong or needs a decision. Shown also with -q. */
  warn(message: string): void;
  /** What happens, one line each. */
  info(message: string): void;
  /** For -v. */
  debug(message: string): void;
}

export type LogLevel = 'quiet' | 'normal' | 'verbose';

/** A log that writes whole lines through `write`, with secrets redacted. */
export function createLog(options: {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly redact: (text: string) => string;
}): Log {
  const emit = (message: string) => options.write(`${options.redact(message)}\n`);
  const ignore = () => {};
  return {
    warn: emit,
    info: options.level === 'quiet' ? ignore : emit,
    debug: options.level === 'verbose' ? emit : ignore,
  };
}
