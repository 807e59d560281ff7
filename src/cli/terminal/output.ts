// What the commands say: stdout is the answer, stderr the narration. One place writes both, so that the progress line is
// out of the way before anything else is written, and so that nothing reaches a terminal raw.
import { createLog, type Log, type LogLevel } from '../../system/log.ts';
import { printable } from './printable.ts';
import { type Colour, type ColourVariables, type Line, renderLine, wantsColour } from './style.ts';
import { cutTo } from './text-width.ts';

/** What is needed of a stream to write to; `process.stdout` and `process.stderr` are ones. */
export interface OutputStream {
  write(text: string | Uint8Array): boolean;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in columns. */
  readonly columns?: number | undefined;
  readonly destroyed?: boolean;
}

export interface Streams {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

export interface OutputOptions {
  readonly streams: Streams;
  /** `json`: stdout gets one object per line and nothing else. */
  readonly format: 'human' | 'json';
  readonly level: LogLevel;
  readonly variables: ColourVariables;
  /** Takes secrets out of what is narrated. */
  readonly redact: (text: string) => string;
}

export interface Output {
  readonly format: 'human' | 'json';
  readonly level: LogLevel;
  /** Stdout is a terminal. */
  readonly onTerminal: boolean;
  /** Stderr is a terminal: somebody watches, and progress and hints are welcome. */
  readonly watched: boolean;
  /** Whether stdout is coloured. */
  readonly colour: Colour;
  /** Width of stdout in columns; null where it is no terminal, so that nothing is cut. */
  readonly width: number | null;
  /** True once nobody reads stdout any more: what is lazily made can end. */
  closed(): boolean;
  /** A line of the answer for people; nothing with `--json`. */
  print(line: Line): void;
  /** An object of the answer with `--json`; nothing otherwise. */
  object(value: object): void;
  /** Text or bytes for stdout as they are: shell scripts, what tasks printed. Whoever calls sees to what a terminal gets. */
  raw(text: string | Uint8Array): void;
  /** A line of narration that may be coloured, told unless `--quiet`. */
  say(line: Line): void;
  /** Narration of the rooms below. */
  readonly log: Log;
  /** Shows a line at the bottom of the terminal until it is replaced or cleared (null). Only where stderr is one. */
  progress(text: string | null): void;
}

/** Narrower terminals are treated as this wide. */
const NARROWEST = 20;
/** Width of a terminal that does not tell. */
const USUAL = 80;
const ERASE_LINE = '\r\u001b[2K';

export function createOutput(options: OutputOptions): Output {
  const { streams, format, level, variables } = options;
  const { stdout, stderr } = streams;
  const colour = (stream: OutputStream): Colour =>
    wantsColour({ terminal: stream.isTTY === true }, variables) ? 'coloured' : 'plain';
  const [answerColour, narrationColour] = [colour(stdout), colour(stderr)];
  let shown: string | null = null;
  const drawProgress = (text: string) =>
    stderr.write(
      renderLine([{ text: cutTo(printable(text), widthOfTerminal(stderr) - 1), style: 'dim' }], narrationColour),
    );

  function write(stream: OutputStream, text: string | Uint8Array): void {
    if (shown !== null) stderr.write(ERASE_LINE);
    if (stream.destroyed !== true) stream.write(text);
    if (shown !== null) drawProgress(shown);
  }

  const log = createLog({
    level,
    redact: options.redact,
    write: (line) => write(stderr, `${printable(line.replace(/\n$/, ''))}\n`),
  });

  return {
    format,
    level,
    onTerminal: stdout.isTTY === true,
    watched: stderr.isTTY === true,
    colour: answerColour,
    get width() {
      return stdout.isTTY === true ? widthOfTerminal(stdout) : null;
    },
    closed: () => stdout.destroyed === true,
    print(line) {
      if (format === 'human') write(stdout, `${options.redact(renderLine(line, answerColour))}\n`);
    },
    object(value) {
      if (format === 'json') write(stdout, `${options.redact(JSON.stringify(value))}\n`);
    },
    raw: (text) => write(stdout, text),
    say(line) {
      if (level !== 'quiet') write(stderr, `${options.redact(renderLine(line, narrationColour))}\n`);
    },
    log,
    progress(text) {
      if (stderr.isTTY !== true || level === 'quiet') return;
      if (shown !== null) stderr.write(ERASE_LINE);
      shown = text;
      if (text !== null) drawProgress(text);
    },
  };
}

function widthOfTerminal({ columns }: OutputStream): number {
  return columns === undefined || columns === 0 ? USUAL : Math.max(columns, NARROWEST);
}
