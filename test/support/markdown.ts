// What the documentation's tests read of a Markdown file: fenced blocks with their headings, and tables.
// The first word after a fence is the language; the words after it say what the block is (`yaml example now=…`).

export interface CodeBlock {
  readonly language: string;
  /** Words of the info string after the language: `example` is `['example', '']`, `given=URL` is `['given', 'URL']`. */
  readonly info: ReadonlyMap<string, string>;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The heading above it without its `#` marks; empty before the first. */
  readonly heading: string;
}

/** Fenced blocks in order. Throws where a fence is never closed: everything after it would silently be no example. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let heading = '';
  let open: { readonly fence: string; readonly info: string; readonly line: number; readonly lines: string[] } | null =
    null;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^(`{3,})(.*)$/.exec(line);
    if (open === null) {
      if (fence?.[1] !== undefined)
        open = { fence: fence[1], info: fence[2]?.trim() ?? '', line: index + 1, lines: [] };
      else heading = /^#{1,6} (.*)$/.exec(line)?.[1] ?? heading;
    } else if (line === open.fence) {
      const [language = '', ...words] = open.info.split(/ +/);
      blocks.push({
        language,
        info: new Map(words.map(keyAndValue)),
        text: join(open.lines),
        line: open.line,
        heading,
      });
      open = null;
    } else open.lines.push(line);
  }
  if (open !== null) throw new Error(`the block of line ${open.line} is never closed`);
  return blocks;
}

/** Rows of the tables under a heading, cells trimmed, without the header row; `\|` in a cell is a bar. */
export function tableRows(markdown: string, heading: string): readonly (readonly string[])[] {
  const section = sectionOf(markdown, heading);
  return section
    .split('\n')
    .filter((line, index, lines) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

/** The text under a heading up to the next one of the same or a higher level. Throws where there is no such heading. */
export function sectionOf(markdown: string, heading: string): string {
  const lines = markdown.split('\n');
  const headings = headingsOf(lines);
  const found = headings.find(({ text }) => text === heading);
  if (found === undefined) throw new Error(`no heading "${heading}"`);
  const end = headings.find(({ at, level }) => at > found.at && level <= found.level)?.at ?? lines.length;
  return join(lines.slice(found.at + 1, end));
}

/** Headings outside of fenced blocks (a comment in a shell block looks like one). `at` is the index of the line. */
function headingsOf(
  lines: readonly string[],
): readonly { readonly at: number; readonly level: number; readonly text: string }[] {
  let fence: string | null = null;
  return lines.flatMap((line, at) => {
    const mark = /^`{3,}/.exec(line)?.[0];
    if (fence === null && mark !== undefined) fence = mark;
    else if (line === fence) fence = null;
    const heading = fence === null ? /^(#{1,6}) (.*)$/.exec(line) : null;
    return heading === null ? [] : [{ at, level: heading[1]?.length ?? 1, text: heading[2] ?? '' }];
  });
}

function isRule(line: string): boolean {
  return /^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(line);
}

function keyAndValue(word: string): [string, string] {
  const at = word.indexOf('=');
  return at === -1 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
}

function join(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
