import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createShellDoor } from '../../../src/extract/shell/door.ts';
import { describeStep, documentOf, failureOf, runStep } from '../../contract/step.ts';
import { childEnvironment, temporaryDirectory, testWorkers } from '../../support/shell.ts';
import { stepContext } from '../../support/step-context.ts';

const newDirectory = temporaryDirectory();
let directory = '';
beforeAll(async () => {
  directory = await newDirectory();
  await mkdir(join(directory, 'sub'));
  await writeFile(join(directory, 'sub', 'file'), 'below\n');
});

const door = createShellDoor(testWorkers(2), {
  directory: async () => directory,
  env: { ...childEnvironment, GIVEN: 'given' },
  timeout: 60_000,
  maxOutput: 1_000_000,
});
const context = () => stepContext({ shell: door });

describeStep('shell', {
  context: () => ({ shell: door }),
  examples: [
    { name: 'what the script prints', written: { shell: 'echo 1.2' }, output: documentOf('1.2\n') },
    {
      name: 'bytes as they are',
      written: { shell: String.raw`printf 'a\0\377'` },
      output: documentOf(new Uint8Array([97, 0, 255])),
    },
    {
      name: 'what a script in a directory below prints',
      written: { shell: 'cat file', directory: 'sub' },
      output: documentOf('below\n'),
    },
    {
      name: 'variables of the resource and of the step',
      written: { shell: 'echo "$GIVEN $OWN"', env: { OWN: `a 'b' "c"` } },
      output: documentOf(`given a 'b' "c"\n`),
    },
    {
      name: 'nothing for an empty output',
      written: { shell: 'true' },
      output: { kind: 'nothing', why: 'the script printed nothing' },
    },
    {
      name: 'nothing for blanks',
      written: { shell: 'echo; echo " "' },
      output: { kind: 'nothing', why: 'the script printed nothing' },
    },
    {
      name: 'nothing for null',
      written: { shell: 'echo null' },
      output: { kind: 'nothing', why: 'the script printed null' },
    },
    {
      name: 'nothing for a status that is said to mean so',
      written: { shell: 'echo a | grep b', nothing_on: [1] },
      output: { kind: 'nothing', why: 'the script ended with status 1' },
    },
  ],
  refused: [
    { name: 'no script', written: { shell: ' \n' }, message: /no script/ },
    { name: 'NUL in a script', written: { shell: 'a\0b' }, message: /NUL/ },
    { name: 'an absolute directory', written: { shell: 'ls', directory: '/etc' }, message: /below/ },
    { name: 'a directory outside', written: { shell: 'ls', directory: 'a/../../b' }, message: /below/ },
    {
      name: 'a variable without a proper name',
      written: { shell: 'ls', env: { 'A B': 'x' } },
      message: /env\["A B"\]/,
    },
    { name: 'success as nothing', written: { shell: 'ls', nothing_on: [0] }, message: /1/ },
    { name: 'a time that is none', written: { shell: 'ls', timeout: 'soon' }, message: /duration/ },
  ],
  failures: [
    { name: 'a failing script', written: { shell: 'echo 1; false' }, reason: 'command-failed' },
    { name: 'a failing member of a pipe', written: { shell: 'sh -c "exit 6" | cat' }, reason: 'command-failed' },
    {
      name: 'a status that means nothing elsewhere',
      written: { shell: 'exit 2', nothing_on: [1] },
      reason: 'command-failed',
    },
    { name: 'a syntax error', written: { shell: 'if true; then' }, reason: 'command-failed' },
    { name: 'a script that never ends', written: { shell: 'sleep 1000', timeout: '100ms' }, reason: 'timed-out' },
    { name: 'too much', written: { shell: 'yes', max_output: '10KB' }, reason: 'too-large' },
    { name: 'a directory that is missing', written: { shell: 'ls', directory: 'none' }, reason: 'command-failed' },
  ],
});

describe('a failing script', () => {
  it('is told with its status and the last lines of its errors', async () => {
    const script = String.raw`for i in 1 2 3 4; do echo "line $i" >&2; done; printf '\033[31mred\n' >&2; exit 7`;
    const failure = await failureOf({ shell: script }, '', context());
    expect(failure.details).toEqual({ status: 7, stderr: 'line 3 | line 4 |  [31mred' });
  });
});

describe('the door to the shell', () => {
  it('opens to no directory outside the definition’s', async () => {
    const signal = new AbortController().signal;
    for (const outside of ['..', '/', '../x', 'sub/../../x']) {
      await expect(door.run({ script: 'pwd', directory: outside }, signal)).rejects.toMatchObject({
        reason: 'refused',
      });
    }
    const { stdout } = await door.run({ script: 'basename "$PWD"', directory: './sub/../sub' }, signal);
    expect(Buffer.from(stdout).toString()).toBe('sub\n');
  });

  it('is used anew each time', async () => {
    const script = { shell: 'echo x >> count; wc -l < count' };
    expect(await runStep(script, '', context())).toEqual(documentOf('1\n'));
    expect(await runStep(script, '', context())).toEqual(documentOf('2\n'));
  });
});
