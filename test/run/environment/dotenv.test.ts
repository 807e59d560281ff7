// Dotenv files: what their lines mean, and that a line which means nothing is told rather than passed over.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFailure } from '../../../src/core/failure.ts';
import { parseEnvironmentFile, readEnvironmentFiles } from '../../../src/run/environment/dotenv.ts';
import { failureOf } from '../../support/failures.ts';

const parse = (text: string | Uint8Array) =>
  parseEnvironmentFile('/etc/suite.env', typeof text === 'string' ? new TextEncoder().encode(text) : text);

describe('a file of variables', () => {
  it('has a variable a line, with comments, quotes and export', async () => {
    expect(
      await parse(
        [
          '# mine',
          '',
          'PLAIN=a b # said',
          '  export EXPORTED = x',
          'COLON: y',
          'EMPTY=',
          "SINGLE='a # b' # c",
          'DOUBLE="a\\nb"',
          'LINES="a',
          'b = c',
          '# d"',
          'TICKS=`it\'s "x"`',
          "PROTECTED='it\\'s'",
          'APOSTROPHE=it\'s "so"',
          'RAW=${PLAIN} $PLAIN $(id) ${secret:A}',
        ].join('\n'),
      ),
    ).toEqual({
      PLAIN: 'a b',
      EXPORTED: 'x',
      COLON: 'y',
      EMPTY: '',
      SINGLE: 'a # b',
      DOUBLE: 'a\nb',
      LINES: 'a\nb = c\n# d',
      TICKS: 'it\'s "x"',
      PROTECTED: "it\\'s",
      APOSTROPHE: 'it\'s "so"',
      RAW: '${PLAIN} $PLAIN $(id) ${secret:A}',
    });
  });

  it('may have line ends of Windows and a byte order mark', async () => {
    expect(await parse('\ufeffA=1\r\nB="x"\r\n')).toEqual({ A: '1', B: 'x' });
  });

  it('may be empty', async () => {
    expect(await parse('')).toEqual({});
  });

  it.each([
    ['a word', 'A=1\nnonsense\n', 'not a line of variables: write NAME=value', 2],
    ['a name alone', 'export A\n', 'not a line of variables: write NAME=value', 1],
    ['a colon alone', 'A:\nB=1\n', 'not a line of variables: write NAME=value', 1],
    ['a name with a dash', '\n\na-b=1\n', 'not the name of a variable', 3],
    ['a name that begins with a digit', '1A=1\n', 'not the name of a variable', 1],
    ['a name of every object', '__proto__=1\n', 'not the name of a variable', 1],
    ['a variable of ours', 'SC_VALUE=1\n', 'a variable that only the program sets', 1],
    ['a quote that is not closed', 'A=1\nB="x\nC=2\n', 'a quote is not closed', 2],
    ['text after a quote', 'A="x\ny" z\n', 'text after the closing quote', 2],
    ['a NUL character', 'A=x\0y\n', 'a variable cannot hold a NUL character', 1],
  ])('with %s is refused with its line', async (_, text, message, line) => {
    const failure = await failureOf(parse(text));
    expect(failure.reason).toBe('configuration');
    expect(describeFailure(failure)).toContain(message);
    expect(failure.details).toEqual({ file: '/etc/suite.env', line });
  });

  it('that is not UTF-8 is refused', async () => {
    expect((await failureOf(parse(Uint8Array.of(0x41, 0x3d, 0xff)))).message).toBe(
      'the file of variables is not UTF-8',
    );
  });

  it('never loses a line: it has every variable, or it is refused', async () => {
    const part = fc.constantFrom('A', '=', '"', "'", '`', '\\', '\n', ' ', '#', ':', 'x', 'export ', 'B=1\n', '\nC=');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 25 }), async (parts) => {
        const text = `FIRST=1\n${parts.join('')}\nLAST=2\n`;
        const read = await parse(text).catch(() => null);
        if (read !== null) expect(read).toMatchObject({ FIRST: '1', LAST: '2' });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('several files', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sc-dotenv-'));
    await writeFile(join(directory, 'one.env'), 'A=1\nB=1\n');
    await writeFile(join(directory, 'two.env'), 'B=2\n');
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('are read in order, the later ones winning; one that is missing says nothing', async () => {
    expect(await readEnvironmentFiles(['one.env', 'none.env', join(directory, 'two.env')], directory)).toEqual({
      A: '1',
      B: '2',
    });
    expect(await readEnvironmentFiles([], directory)).toEqual({});
  });

  it('fail where one cannot be read', async () => {
    const failure = await failureOf(readEnvironmentFiles(['.'], directory));
    expect([failure.reason, failure.message]).toEqual(['configuration', 'the file of variables cannot be read']);
  });
});
