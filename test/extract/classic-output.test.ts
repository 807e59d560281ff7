import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClassicEvaluator } from '../../src/extract/classic.ts';
import { readClassicOutput } from '../../src/extract/classic-output.ts';
import { classicIn, failureOf, temporaryDirectory, testWorkers, withExtractor } from '../support/shell.ts';

const evaluate = classicIn(createClassicEvaluator(testWorkers(2)), temporaryDirectory());
const outcomeOf = async (extractor: string) => {
  const seen = await evaluate(withExtractor(extractor));
  return seen.kind === 'value' ? seen.value : null;
};

describe('the exit status', () => {
  it.each([
    ['exit 0', 'echo v; exit 0'],
    ['exit 3', 'echo v; exit 3'],
    ['false', 'echo v; false'],
    ['a failing member', '(echo v; exit 9) | cat'],
    ['the end of its own shell', 'echo v; kill -9 $BASHPID'],
    ['another program in its place', 'echo v; exec false'],
  ])('does not matter where a value is printed: %s', async (_name, extractor) => {
    expect(await outcomeOf(extractor)).toBe('v');
  });

  it.each([
    ['nothing at all', ''],
    ['success', 'true'],
    ['grep that finds nothing', 'echo a | grep b'],
    ['a first member that grep-like finds nothing', 'grep b /dev/null | head -n 1'],
    ['a member whose reader had enough', 'sh -c "kill -PIPE \\$\\$" | true'],
    ['exit 1', 'exit 1'],
    ['exit 141', 'exit 141'],
    ['another program that ends with 1', 'exec false'],
    ['blank lines', 'echo; echo'],
    ['null', 'echo null'],
    ['null with a carriage return', String.raw`printf 'null\r\n'`],
    ['an extractor that looks at its own pipes', 'true | false | true; test -n ""'],
    ['a failing command before the last', 'exec 2>&-; sh -c "exit 9"; true'],
  ])('is no failure where nothing is printed: %s', async (_name, extractor) => {
    expect((await evaluate(withExtractor(extractor))).kind).toBe('nothing');
  });

  it.each([
    ['a status of 2', 'echo "no such thing" >&2; sh -c "exit 2"', 2, undefined],
    ['exit 2', 'echo "no such thing" >&2; exit 2', 2, undefined],
    ['a first member', '{ echo "no such thing" >&2; exit 7; } | cat', 0, '7 0'],
    ['a middle member', 'true | { echo "no such thing" >&2; exit 22; } | grep x', 1, '0 22 1'],
    ['a first member before null', '{ echo "no such thing" >&2; exit 6; } | echo null', 0, '6 0'],
    ['a signal', 'echo "no such thing" >&2; kill -9 $BASHPID', 137, undefined],
    ['another program', 'exec sh -c "echo no such thing >&2; exit 5"', 5, undefined],
  ])(
    'other than 0, 1 and 141 is a failure where nothing is printed: %s',
    async (_name, extractor, status, pipeline) => {
      const failure = await failureOf(evaluate(withExtractor(extractor)));
      expect(failure.reason).toBe('command-failed');
      expect(failure.details).toEqual({ status, pipeline, stderr: 'no such thing' });
    },
  );

  it('of a command that is not there is a failure with what the shell says', async () => {
    const failure = await failureOf(evaluate(withExtractor('no-such-command-anywhere | head -n 1')));
    expect(failure.details).toMatchObject({ status: 0, pipeline: '127 0' });
    expect(failure.details.stderr).toContain('no-such-command-anywhere: command not found');
  });

  it('is read whatever the extractor makes of IFS', async () => {
    for (const separators of ['IFS=1', 'IFS=', 'IFS=/']) {
      const failure = await failureOf(evaluate(withExtractor(`${separators}; sh -c "exit 11" | true`)));
      expect(failure.details).toMatchObject({ status: 0, pipeline: '11 0' });
    }
  });

  it('is evaluated with neither pipefail nor set -e, also where the file sets them', async () => {
    const text = `set -eo pipefail\nmessage=m\npattern_extractor='false | true; false; echo "$?"'\n`;
    expect(await evaluate(text)).toMatchObject({ value: '1' });
  });
});

describe('what is no value', () => {
  it('is several lines', async () => {
    const failure = await failureOf(evaluate(withExtractor('echo a; echo; echo b')));
    expect(failure.reason).toBe('bad-value');
    expect(failure.details).toEqual({ lines: 3 });
  });

  it('is what is no UTF-8', async () => {
    expect((await failureOf(evaluate(withExtractor(String.raw`printf 'a\377b'`)))).reason).toBe('bad-value');
  });

  it('is kept where only the rules of values know better: NUL, 100 KB', async () => {
    expect(await outcomeOf(String.raw`printf 'a\0b\n'`)).toBe('a\0b');
    expect(await outcomeOf('head -c 100000 /dev/zero | tr "\\0" x')).toBe('x'.repeat(100_000));
  });

  it('is more than the limit, which is cut off at once', async () => {
    const failure = await failureOf(evaluate(withExtractor('yes | head -c 1000000000')));
    expect(failure.reason).toBe('too-large');
    expect(failure.details).toEqual({ limit: 1_000_000 });
  });
});

describe('reading what the shell framed', () => {
  const id = 'abc123';
  const read = (text: string, status = 0) =>
    readClassicOutput({ id, status, stdout: Buffer.from(text.replaceAll('|', '\0').replaceAll('ID', id)) });

  it('tells a definition that ended early from one that was evaluated', () => {
    expect(read('')).toEqual({ kind: 'ended early' });
    expect(read('1\n')).toEqual({ kind: 'ended early' });
    expect(read('|ID|sourced|set|m')).toEqual({ kind: 'ended early' });
    expect(read('|other|sourced|set|m||1\n')).toEqual({ kind: 'ended early' });
    expect(read('|ID|unparsable|')).toEqual({ kind: 'unparsable' });
  });

  it('takes the status of the shell where the extractor told none, or told nonsense', () => {
    expect(read('|ID|sourced|set|m||1\n', 9)).toMatchObject({ statuses: [9], output: Buffer.from('1\n') });
    expect(read('|ID|sourced|set|m||1\n|ID|x y|', 9)).toMatchObject({ statuses: [9], output: Buffer.from('1\n') });
    expect(read('|ID|sourced|set|m||1\n|ID|0/0 141|late', 9)).toMatchObject({ statuses: [0, 0, 141] });
  });

  it('never throws, whatever comes', () => {
    // biome-ignore lint/nursery/noFloatingPromises: a property without promises is checked at once
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, framed) => {
        const head = framed ? Buffer.from(`\0${id}\0sourced\0set\0m\0\0`) : Buffer.alloc(0);
        const output = readClassicOutput({ id, status: 0, stdout: Buffer.concat([head, bytes]) });
        expect(output.kind).toBe(framed ? 'evaluated' : 'ended early');
      }),
    );
  });
});
