// What tasks print, on stdout: as it came where it is somebody's data, else in whole lines that say whose they are. On a
// terminal it is made fit for one, and what tasks wrote to stderr is dimmed.
import { formatInstant } from '../../core/instant.ts';
import type { LogPiece, LogStream } from '../../record/logs.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/printable.ts';
import { renderLine, type Style } from '../terminal/style.ts';
import { createTerminalText, lastState } from '../terminal/terminal-text.ts';
import { widthOf } from '../terminal/text-width.ts';

export interface TaskLines {
  /** The next piece of what a task printed. */
  take(task: string, piece: LogPiece): void;
  /** The task prints no more: what has no line break yet is shown. */
  end(task: string): void;
  /** The line that the task has begun, as it looks now; empty where there is none. For the line of progress. */
  begun(task: string): string;
}

export interface TaskLinesOptions {
  /** Names that lines begin with, for a common width; null: lines stand for themselves. */
  readonly prefixes: readonly string[] | null;
  readonly times: 'with-times' | 'without-times';
}

/** Longest line in characters: output without line breaks is cut into lines of this length where lines are made of it. */
const LONGEST = 65_536;
const WIDEST_PREFIX = 24;
const PREFIX_STYLES: readonly Style[] = ['cyan', 'yellow', 'green', 'red'];

export function createTaskLines(output: Output, options: TaskLinesOptions): TaskLines {
  const { prefixes } = options;
  // data for somebody else's eyes: not a byte is added or lost
  if (!output.onTerminal && prefixes === null && options.times === 'without-times') {
    return { take: (_task, { bytes }) => output.raw(bytes), end: () => {}, begun: () => '' };
  }
  const width = Math.min(WIDEST_PREFIX, Math.max(0, ...(prefixes ?? []).map((name) => widthOf(printable(name)))));
  const lines = new Map<string, LineMaker>();

  function introduction(task: string, at: number): string {
    const time = options.times === 'with-times' ? [{ text: formatInstant(at), style: 'dim' as const }, ' '] : [];
    const name = printable(task);
    const padding = ' '.repeat(Math.max(0, width - widthOf(name)));
    const style = PREFIX_STYLES[Math.max(0, prefixes?.indexOf(task) ?? 0) % PREFIX_STYLES.length];
    const prefix = prefixes === null ? [] : [{ text: `${name}${padding} |`, style }, ' '];
    // what ends in blanks loses them when it is rendered, and this is no end of a line
    return [...time, ...prefix].map((part) => (part === ' ' ? part : renderLine([part], output.colour))).join('');
  }

  const keyOf = (task: string, stream: LogStream) => `${stream} ${task}`;
  const makerOf = (task: string, stream: LogStream): LineMaker => {
    const key = keyOf(task, stream);
    const known = lines.get(key);
    if (known !== undefined) return known;
    const made = output.onTerminal
      ? terminalLines(output, stream, (at) => introduction(task, at))
      : plainLines((at) => introduction(task, at));
    lines.set(key, made);
    return made;
  };

  return {
    take(task, { stream, at, bytes }) {
      const made = makerOf(task, stream).take(bytes, at);
      if (made.length > 0) output.raw(made);
    },
    end(task) {
      for (const stream of ['stdout', 'stderr'] as const) {
        const made = lines.get(keyOf(task, stream))?.end() ?? '';
        if (made.length > 0) output.raw(made);
      }
    },
    begun: (task) =>
      (['stderr', 'stdout'] as const)
        .map((stream) => lines.get(keyOf(task, stream))?.begun() ?? '')
        .find((text) => text !== '') ?? '',
  };
}

/** Makes whole lines of one stream's pieces; what it gives is written as it is. */
interface LineMaker {
  take(bytes: Uint8Array, at: number): string | Uint8Array;
  end(): string | Uint8Array;
  begun(): string;
}

function terminalLines(output: Output, stream: LogStream, introduce: (at: number) => string): LineMaker {
  const decoder = new TextDecoder('utf-8');
  const fitted = createTerminalText(output.colour);
  const splitter = createSplitter();
  const show = ({ text, at }: Begun) => {
    const shown = fitted(lastState(text));
    // a line with colours of its own is left as it is: they would end the dimming halfway
    const dimmed = stream === 'stderr' && output.colour === 'coloured' && !shown.includes('\u001b');
    return `${introduce(at)}${dimmed ? `\u001b[2m${shown}\u001b[22m` : shown}\n`;
  };
  return {
    take: (bytes, at) =>
      splitter
        .take(decoder.decode(bytes, { stream: true }), at)
        .map(show)
        .join(''),
    end: () => splitter.end().map(show).join(''),
    begun: () => createTerminalText('plain')(lastState(splitter.begun())),
  };
}

/** Lines for a file or a pipe: their bytes are kept, whatever their encoding. */
function plainLines(introduce: (at: number) => string): LineMaker {
  const splitter = createSplitter();
  const show = ({ text, at }: Begun) =>
    Buffer.concat([Buffer.from(introduce(at), 'utf8'), Buffer.from(`${text}\n`, 'latin1')]);
  return {
    take: (bytes, at) => Buffer.concat(splitter.take(Buffer.from(bytes).toString('latin1'), at).map(show)),
    end: () => Buffer.concat(splitter.end().map(show)),
    begun: () => '',
  };
}

/** A line, and when it began, milliseconds since the epoch. */
interface Begun {
  readonly text: string;
  readonly at: number;
}

function createSplitter() {
  let open: Begun | null = null;
  return {
    /** The lines that are complete with this text, without their line breaks. */
    take(text: string, at: number): readonly Begun[] {
      const [first = '', ...others] = text.split('\n');
      const complete: Begun[] = [];
      let last: Begun = { text: `${open?.text ?? ''}${first}`, at: open?.at ?? at };
      for (const other of others) {
        complete.push(last);
        last = { text: other, at };
      }
      if (last.text.length > LONGEST) {
        complete.push(last);
        last = { text: '', at };
      }
      open = last.text === '' ? null : last;
      return complete;
    },
    end(): readonly Begun[] {
      const rest = open === null ? [] : [open];
      open = null;
      return rest;
    },
    begun: () => open?.text ?? '',
  };
}
