// What git tells while it clones, boiled down: of a hundred lines a second, those that show that something goes on.
import type { Clock } from '../../system/clock.ts';
import { printable } from '../transport/pkt-line.ts';

/** Percent and milliseconds between two lines of one phase. */
const STEP = 10;
const PAUSE = 2000;

/** Phases whose end is told even where they were quick. */
const NOTABLE = /^(?:Receiving objects|Filtering content)$/;

interface Phase {
  readonly name: string;
  percent: number;
  at: number;
  told: boolean;
}

/** Takes git's stderr as it comes and tells whole lines, few enough to be read. */
export function createGitProgress(tell: (line: string) => void, clock: Clock): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  let phase: Phase | null = null;

  const take = (line: string) => {
    const text = printable(line.replace(/^remote: /, ''));
    const seen = /^([A-Z][A-Za-z ]+): +(\d+)% \(/.exec(text);
    if (seen?.[1] === undefined) {
      if (/^(?:Cloning into|Submodule )/.test(text)) tell(text);
      return;
    }
    const percent = Number(seen[2]);
    const now = clock.monotonic();
    if (phase?.name !== seen[1]) phase = { name: seen[1], percent: 0, at: now, told: false };
    const ends = text.endsWith(', done.');
    const steps = percent - phase.percent >= STEP && now - phase.at >= PAUSE;
    if (ends ? !(phase.told || NOTABLE.test(phase.name)) : !steps) return;
    phase.percent = percent;
    phase.at = now;
    phase.told = true;
    tell(text);
  };

  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/[\r\n]+/);
    // A line that never ends is no progress.
    rest = (lines.pop() ?? '').slice(-1000);
    for (const line of lines) take(line);
  };
}
