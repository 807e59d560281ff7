// A note on a change commit: a line for each run and attempt, and whatever others wrote there. Reading it, putting a line
// in, and joining what two writers made of it.
import { formatResult, isFinal, parseResult, type Result } from './result.ts';

/** The results in a note, each run and attempt once, in the order of their attempts. */
export function parseNote(text: string): readonly Result[] {
  return [...resultLines(text).values()].map(({ result }) => result).sort(byAttempt);
}

/**
 * The note with a result in place of the line of the same run and attempt, or added at its end. Where that line is
 * another agent's, the better of both stays (see `mergeNotes`). Every other line stays as it is.
 */
export function editNote(text: string | null, result: Result): string {
  const line = lineOf(result);
  const kept: string[] = [];
  let place: number | null = null;
  let best = line;
  for (const present of linesOf(text ?? '')) {
    const read = parseResult(present);
    if (read === null || keyOf(read) !== keyOf(result)) {
      kept.push(present);
      continue;
    }
    place ??= kept.push(present) - 1;
    if (read.agent !== result.agent) best = better(best, { text: present, result: read });
  }
  if (place === null) kept.push(best.text);
  else kept[place] = best.text;
  return `${kept.join('\n')}\n`;
}

/** The results of a change with one more, as `editNote` has it; the same ones where it is among them already. */
export function addResult(results: readonly Result[], result: Result): readonly Result[] {
  const key = keyOf(result);
  const present = results.find((one) => keyOf(one) === key);
  if (present === undefined) return [...results, result].sort(byAttempt);
  if (present.status === result.status && present.finishedAt === result.finishedAt && present.remark === result.remark)
    return results;
  const [ours, theirs] = [lineOf(result), lineOf(present)];
  const best = present.agent === result.agent ? result : better(ours, theirs).result;
  return results.map((one) => (one === present ? best : one));
}

/**
 * Two writers' notes on one change as one. Of each run and attempt one line stays: a finished one over a running one,
 * then the one that finished later, then that of the smaller agent id. Paragraphs of others are kept once, behind the
 * results. The order in which notes are merged does not matter.
 */
export function mergeNotes(ours: string, theirs: string): string {
  if (ours === theirs) return ours;
  const results = resultLines(`${ours}\n${theirs}`);
  const sorted = [...results.values()].sort((one, other) => byAttempt(one.result, other.result));
  const others = [...new Set([...foreignParagraphs(ours), ...foreignParagraphs(theirs)])].sort();
  const own = sorted.map(({ text }) => `${text}\n`).join('');
  return [...(own === '' ? [] : [own]), ...others].join('\n');
}

interface ResultLine {
  readonly text: string;
  readonly result: Result;
}

/** Lines without what follows the last line end. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function resultLines(text: string): Map<string, ResultLine> {
  const lines = new Map<string, ResultLine>();
  for (const line of linesOf(text)) {
    const result = parseResult(line);
    if (result === null) continue;
    const present = lines.get(keyOf(result));
    lines.set(keyOf(result), present === undefined ? { text: line, result } : better(present, { text: line, result }));
  }
  return lines;
}

/** What is not ours: lines that stand together, each with its line end. */
function foreignParagraphs(text: string): readonly string[] {
  const paragraphs: string[] = [];
  let current = '';
  for (const line of [...linesOf(text), '']) {
    if (line !== '' && parseResult(line) === null) current += `${line}\n`;
    else {
      if (current !== '') paragraphs.push(current);
      current = '';
    }
  }
  return paragraphs;
}

function lineOf(result: Result): ResultLine {
  return { text: formatResult(result), result };
}

function keyOf(result: Result): string {
  return `${result.attempt} ${result.run}`;
}

function byAttempt(one: Result, other: Result): number {
  return one.attempt - other.attempt || compare(one.run, other.run);
}

/** A total order, so that it does not matter who merges what first. */
function better(one: ResultLine, other: ResultLine): ResultLine {
  const order =
    Number(isFinal(one.result)) - Number(isFinal(other.result)) ||
    compare(one.result.finishedAt ?? -Infinity, other.result.finishedAt ?? -Infinity) ||
    compare(other.result.agent, one.result.agent) ||
    compare(other.text, one.text);
  return order >= 0 ? one : other;
}

function compare<T extends string | number>(one: T, other: T): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
