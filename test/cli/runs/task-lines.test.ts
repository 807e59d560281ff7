import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTaskLines, type TaskLinesOptions } from '../../../src/cli/runs/task-lines.ts';
import { listen, NOW, type Telling } from '../command-tools.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
const COLOURED: Telling = { terminal: 80, variables: { FORCE_COLOR: '1' } };

/** What stdout gets of these pieces: task, stream, text. */
function shown(
  pieces: readonly (readonly [task: string, stream: 'stdout' | 'stderr', text: string | Uint8Array])[],
  options: Partial<TaskLinesOptions> = {},
  telling: Telling = {},
): string {
  const told = listen(telling);
  const lines = createTaskLines(told.output, { prefixes: null, times: 'without-times', ...options });
  for (const [task, stream, text] of pieces)
    lines.take(task, { stream, at: NOW, bytes: typeof text === 'string' ? bytesOf(text) : text });
  for (const task of new Set(pieces.map(([name]) => name))) lines.end(task);
  return told.stdout();
}

describe('what tasks print, into a file or a pipe', () => {
  it('is not changed by a byte', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (chunks) => {
        const printed = shown(chunks.map((bytes) => ['suite', 'stdout', bytes] as const));
        expect(Buffer.from(printed, 'latin1')).toEqual(Buffer.concat(chunks));
      }),
    );
  });

  it('says whose a line is where several print, and keeps the bytes of the line', () => {
    const printed = shown(
      [
        ['build', 'stdout', 'one\ntw'],
        ['t', 'stdout', new Uint8Array([0xff, 0x1b, 0x0a])],
        ['build', 'stdout', 'o\n'],
        ['t', 'stderr', 'no end'],
      ],
      { prefixes: ['build', 't'] },
    );
    expect(printed).toBe('build | one\nt     | \xff\u001b\nbuild | two\nt     | no end\n');
  });

  it('begins lines with the time at which they began', () => {
    expect(shown([['suite', 'stdout', 'a\n\nb']], { times: 'with-times' })).toBe(
      '2026-11-21T18:00:00.000Z a\n2026-11-21T18:00:00.000Z \n2026-11-21T18:00:00.000Z b\n',
    );
  });

  it('is cut into lines where it has none', () => {
    const printed = shown([['a', 'stdout', 'x'.repeat(70_000)]], { prefixes: ['a', 'b'] });
    expect(printed.split('\n').map((line) => line.length)).toEqual([70_004, 0]);
  });
});

describe('what tasks print, on a terminal', () => {
  it('is shown in whole lines without what the terminal would obey, characters across pieces included', () => {
    const euro = bytesOf('€');
    const printed = shown(
      [
        ['suite', 'stdout', euro.subarray(0, 1)],
        ['suite', 'stdout', euro.subarray(1)],
        ['suite', 'stdout', ' 1\u001b[2J\n'],
        ['suite', 'stdout', '10%\r20%\r100%\r\nlast'],
      ],
      {},
      { terminal: 80 },
    );
    expect(printed).toBe(`${Buffer.from('€ 1\n100%\nlast\n').toString()}`);
  });

  it('dims what went to stderr, less what has colours of its own', () => {
    const printed = shown(
      [
        ['suite', 'stderr', 'warning\n'],
        ['suite', 'stderr', '\u001b[31mred\u001b[0m\n'],
        ['suite', 'stdout', 'out\n'],
      ],
      {},
      COLOURED,
    );
    expect(printed).toBe('\u001b[2mwarning\u001b[22m\n\u001b[31mred\u001b[0m\nout\n');
  });

  it('gives each task a colour for its name, and shows names that are no text as what they are', () => {
    const printed = shown([['a\u001b[2J', 'stdout', 'x\n']], { prefixes: ['a\u001b[2J', 'b'] }, COLOURED);
    expect(printed).toBe('\u001b[36ma\\e[2J |\u001b[39m x\n');
  });

  it('tells the line that has been begun, as it looks now', () => {
    const told = listen({ terminal: 80 });
    const lines = createTaskLines(told.output, { prefixes: null, times: 'without-times' });
    lines.take('suite', { stream: 'stderr', at: NOW, bytes: bytesOf('Receiving: 10%\rReceiving: 45%\r') });
    expect([lines.begun('suite'), lines.begun('other'), told.stdout()]).toEqual(['Receiving: 45%', '', '']);
  });
});
