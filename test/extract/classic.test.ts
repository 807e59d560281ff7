import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClassicEvaluator } from '../../src/extract/classic.ts';
import { processesMentioning, until } from '../support/processes.ts';
import {
  childEnvironment,
  classicIn,
  failureOf,
  quoted,
  temporaryDirectory,
  testWorkers,
  withExtractor,
} from '../support/shell.ts';

const newDirectory = temporaryDirectory();
const classic = createClassicEvaluator(testWorkers(2));
const evaluate = classicIn(classic, newDirectory);

const outcomeOf = async (extractor: string) => {
  const seen = await evaluate(withExtractor(extractor));
  return seen.kind === 'value' ? seen.value : null;
};

describe('the value of a classic definition', () => {
  it('is the one line that the extractor prints', async () => {
    expect(await evaluate('message="new foo"\npattern_extractor="echo 1.2.3"\n')).toEqual({
      kind: 'value',
      value: '1.2.3',
      message: 'new foo',
      manual: false,
    });
  });

  it('is taken from the file trigger just as from options', async () => {
    expect(await evaluate(withExtractor('echo t'), { file: 'trigger' })).toMatchObject({ value: 't' });
  });

  it('keeps spaces, quotes, parentheses and what a shell would expand', async () => {
    const value = `  a  "b" 'c' (d) $HOME * \\n \`x\` é+~ `;
    expect(await outcomeOf(`printf '%s\\n' ${quoted(value)}`)).toBe(value);
  });

  it('loses carriage returns and trailing newlines', async () => {
    expect(await outcomeOf(String.raw`printf 'a\r\n\r\n\n'`)).toBe('a');
    expect(await outcomeOf(String.raw`printf 'a\rb'`)).toBe('ab');
  });

  it('needs no line end', async () => {
    expect(await outcomeOf('printf abc')).toBe('abc');
  });

  it('may be made by several lines, pipes, functions and here-documents', async () => {
    expect(await outcomeOf('f() { cat <<END\n$1\nEND\n}\nx=$(f one)\nf "$x two" |\n  tr a-z A-Z\n# done')).toBe(
      'ONE TWO',
    );
  });

  it('evaluates $(…) inside double quotes anew each time, in the directory of the definition', async () => {
    const directory = await newDirectory();
    const text = 'message="m"\npattern_extractor="echo seen $(cat state) \\$(cat state)"\n';
    for (const state of ['one', 'two']) {
      await writeFile(join(directory, 'state'), state);
      expect(await evaluate(text, { directory })).toMatchObject({ value: `seen ${state} ${state}` });
    }
  });

  it('does not depend on what sourcing the file prints or ends with', async () => {
    const text = `echo noise\necho noise >&2\npattern_extractor="echo 1$(false)"\nmessage=m\nfalse\n`;
    expect(await evaluate(text)).toMatchObject({ value: '1' });
  });

  it('finds the directory of the resource in SNAP_COMMON, and leaves files there', async () => {
    const common = await newDirectory();
    await evaluate(withExtractor('echo kept > "$SNAP_COMMON/state"; echo 1'), { commonDirectory: common });
    expect(await readFile(join(common, 'state'), 'utf8')).toBe('kept\n');
  });

  it('is evaluated in directories with any name', async () => {
    const directory = join(await newDirectory(), `-n a'b "c" $(d) é\nf`);
    await mkdir(directory);
    expect(await evaluate(withExtractor('basename "$PWD" | tail -n 1'), { directory })).toMatchObject({ value: 'f' });
  });

  it('is never taken from variables of an earlier evaluation or of the environment', async () => {
    const env = { ...childEnvironment, pattern_extractor: 'echo inherited', message: 'inherited' };
    expect((await failureOf(evaluate('x=1\n', { env }))).reason).toBe('definition');
    expect(await evaluate(withExtractor('echo "[$x]"'))).toMatchObject({ value: '[]', message: 'm' });
  });

  it('has the environment of the request and no other', async () => {
    const env = { PATH: childEnvironment.PATH ?? '', EXTRA: 'a b' };
    expect(await evaluate(withExtractor('env | cut -d= -f1 | sort | xargs'), { env })).toMatchObject({
      value: 'EXTRA OLDPWD PATH PWD SHLVL SNAP_COMMON _',
    });
    expect(await evaluate(withExtractor('echo "$EXTRA"'), { env })).toMatchObject({ value: 'a b' });
  });

  it('comes back as it was printed, whatever it is', async () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .filter((text) => !/[\0\r\n]/.test(text) && text !== 'null');
    await fc.assert(
      fc.asyncProperty(line, async (text) => {
        expect(await outcomeOf(`printf %s ${quoted(text)}`)).toBe(text);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a classic definition that cannot be evaluated', () => {
  it.each([
    ['an open quotation', 'message="m\n'],
    ['an open command substitution', 'message=$(echo\n'],
    ['an open block', 'if true; then\nmessage=m\n'],
    ['a block that ends before it began', 'fi; echo; if true; then\nmessage=m\n'],
    ['a stray parenthesis', 'message=(m\n)\n)\n'],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0x28, 0x28, 0x0a, 0x28, 0])],
  ])('is a failure of its own: %s', async (_name, text) => {
    const failure = await failureOf(evaluate(text));
    expect(failure.reason).toBe('not-parsable');
    expect(failure.details.stderr).not.toBe('');
  });

  it('runs nothing of a file that the shell cannot parse', async () => {
    const directory = await newDirectory();
    await failureOf(evaluate('touch ran\nmessage=m\nif\n', { directory }));
    await expect(readFile(join(directory, 'ran'))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['no extractor', 'message=m\n', /pattern_extractor/],
    ['no message', 'pattern_extractor="echo 1"\n', /message/],
    ['an empty message', 'message=\npattern_extractor="echo 1"\n', /message/],
    ['an empty file', '', /pattern_extractor/],
  ])('says what is missing: %s', async (_name, text, message) => {
    const failure = await failureOf(evaluate(text));
    expect(failure.reason).toBe('definition');
    expect(failure.message).toMatch(message);
  });

  it.each([
    ['with exit', 'message=m\npattern_extractor="echo 1"\nexit 0\n', 0],
    ['with exec', 'message=m\npattern_extractor="echo 1"\nexec echo 2\n', 0],
    ['by an error under set -e', 'set -e\nmessage=m\npattern_extractor="echo 1"\nkill -9 $BASHPID\n', 137],
  ])('is a failure where the file ends the shell: %s', async (_name, text, status) => {
    const failure = await failureOf(evaluate(text));
    expect(failure.reason).toBe('command-failed');
    expect(failure.message).toContain('before its extractor');
    expect(failure.details.status).toBe(status);
  });

  it('is a failure where its directory is missing', async () => {
    const request = { file: 'options', commonDirectory: '/tmp', env: childEnvironment } as const;
    const signal = new AbortController().signal;
    const failure = await failureOf(
      classic.evaluate({ ...request, directory: '/no/such/place', timeout: 1e4, maxOutput: 100 }, signal),
    );
    expect(failure.reason).toBe('command-failed');
    expect(failure.details.stderr).toContain('/no/such/place');
  });

  it('is still evaluated where bash takes what can be read in no other way', async () => {
    expect(await evaluate('pattern_extractor="echo 1"\nmessage=$(cat <<END\nm\nEND\n)\n: <<END\nopen')).toMatchObject({
      value: '1',
      message: 'm',
    });
  });
});

describe('an extractor that cannot be parsed', () => {
  it.each([
    ['an open quotation', 'echo "1'],
    ['an open substitution', 'echo $(echo 1'],
    ['a pipe to nowhere', 'echo 1 |'],
    ['an open block', 'if true; then echo 1'],
  ])('is a failure: %s', async (_name, extractor) => {
    const failure = await failureOf(evaluate(withExtractor(extractor)));
    expect(failure.reason).toBe('command-failed');
    expect(failure.details.stderr).toContain('bash: eval: line');
  });

  it('is evaluated as far as bash does where it can be', async () => {
    expect(await outcomeOf('echo 1 \\')).toBe('1');
    expect(await outcomeOf('echo 1 # one')).toBe('1');
    expect(await outcomeOf('cat <<END\n1')).toBe('1');
    expect(await outcomeOf('shopt -s extglob\n[[ ab == @(ab|c) ]] && echo yes')).toBe('yes');
  });
});

describe('a manual definition', () => {
  const text = 'message=m\nmanual="$(echo true)"\npattern_extractor="touch ran; echo 1"\n';

  it('is not evaluated where it shall not be', async () => {
    const directory = await newDirectory();
    expect(await evaluate(text, { directory, manual: 'skip' })).toMatchObject({ kind: 'nothing', manual: true });
    await expect(readFile(join(directory, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('is evaluated where somebody asks for it', async () => {
    expect(await evaluate(text)).toMatchObject({ kind: 'value', value: '1', manual: true });
  });
});

describe('time and cancelling', () => {
  const mark = 'SC_CLASSIC_MARK';
  const marked = (id: string) => ({ env: { ...childEnvironment, [mark]: id } });

  it('ends an extractor that never ends, with all that it started', async () => {
    const id = `never-${process.pid}`;
    const failure = await failureOf(
      evaluate(withExtractor('sleep 1000 & sleep 1000 | cat'), { timeout: 200, ...marked(id) }),
    );
    expect(failure.reason).toBe('timed-out');
    await until(() => processesMentioning(`${mark}=${id}`).length === 0);
  });

  it('ends a definition that never ends', async () => {
    const failure = await failureOf(evaluate('while :; do :; done\n', { timeout: 100 }));
    expect(failure.reason).toBe('timed-out');
  });

  it('ends an extractor that is cancelled', async () => {
    const id = `cancelled-${process.pid}`;
    const controller = new AbortController();
    const running = failureOf(evaluate(withExtractor('sleep 1000'), marked(id), controller.signal));
    await until(() => processesMentioning(`${mark}=${id}`).length > 0);
    controller.abort();
    expect((await running).reason).toBe('cancelled');
    await until(() => processesMentioning(`${mark}=${id}`).length === 0);
  });
});
