import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { createShellWorkers } from '../../../src/extract/shell/workers.ts';
import { createProcesses } from '../../../src/system/process/processes.ts';
import {
  childrenOf,
  descriptorsOf,
  groupOf,
  membersOfGroup,
  processesMentioning,
  until,
} from '../../support/processes.ts';
import { childEnvironment, failureOf, scriptRequest, temporaryDirectory, testWorkers } from '../../support/shell.ts';

const newDirectory = temporaryDirectory();
const bytesOf = (text: string) => new TextEncoder().encode(text);
const never = new AbortController().signal;
const workers = testWorkers(1);
const run = (script: string, more: Parameters<typeof scriptRequest>[1] = {}) =>
  workers.run(scriptRequest(script, more), never);
const print = async (script: string, more: Parameters<typeof scriptRequest>[1] = {}) =>
  Buffer.from((await run(script, more)).stdout).toString();

describe('a script in a shell worker', () => {
  it('gives what it printed on either stream, and its status', async () => {
    const answer = await run(String.raw`printf 'a\0\377'; echo oops >&2; exit 3`);
    expect(answer).toMatchObject({ status: 3, stderr: 'oops\n' });
    expect([...answer.stdout]).toEqual([97, 0, 255]);
  });

  it('stops at the first command that fails, also within a pipe', async () => {
    expect(await run('echo one; false; echo two')).toMatchObject({ status: 1, stdout: bytesOf('one\n') });
    expect(await run('echo one; sh -c "exit 7" | cat; echo two')).toMatchObject({ status: 7 });
  });

  it('writes to pipes that can be opened by name', async () => {
    expect(await run('echo out > /dev/stdout; echo err > /dev/stderr')).toMatchObject({
      stdout: bytesOf('out\n'),
      stderr: 'err\n',
    });
  });

  it('reads from /dev/null', async () => {
    expect(await print('readlink /proc/self/fd/0; cat')).toBe('/dev/null\n');
  });

  it('has three descriptors and no other', async () => {
    // the listing has a descriptor of its own, which is closed when it is looked at
    const shown = await print('for fd in /proc/$BASHPID/fd/*; do if [[ -e $fd ]]; then echo "${fd##*/}"; fi; done');
    expect(shown).toBe('0\n1\n2\n');
  });

  it('leads a process group of its own, in which its children are', async () => {
    const [own, child, worker] = (await print('ps -o pgid= -p "$BASHPID"; sh -c "ps -o pgid= -p \\$\\$"; echo "$$"'))
      .split('\n')
      .map(Number);
    expect(child).toBe(own);
    expect(worker).not.toBe(own);
  });

  it('does not see this process as its parent', async () => {
    expect(await print('echo "$PPID"')).not.toBe(`${process.pid}\n`);
  });

  it('gets texts of any kind unchanged, in any locale', async () => {
    const text = `'"\\$x \n\t é 漢 \u{1f600} %s !! \u0001`;
    for (const locale of ['C', 'C.UTF-8']) {
      const env = { ...childEnvironment, LC_ALL: locale, TEXT: text };
      expect(await print('printf %s "$TEXT"', { env })).toBe(text);
      expect(await print(`cat <<'END'\n${text}\nEND`, { env })).toBe(`${text}\n`);
    }
  });

  it('may be a megabyte long', async () => {
    expect(await print(`: ${'x'.repeat(1_000_000)}\necho end`)).toBe('end\n');
  });

  it('loses variables of the worker that the request does not have', async () => {
    expect(await print('echo "[$HOME]"', { env: { PATH: childEnvironment.PATH ?? '' } })).toBe('[]\n');
    expect(await print('echo "$HOME"')).toBe(`${childEnvironment.HOME}\n`);
  });

  it('is told what is wrong with its directory', async () => {
    const answer = await run('echo never', { directory: '/no/such/place' });
    expect(answer).toMatchObject({ status: 1, stdout: bytesOf('') });
    expect(answer.stderr).toContain('/no/such/place');
  });

  it('keeps to a limit of memory', async () => {
    const answer = await run('x=$(head -c 200000000 /dev/zero | tr "\\0" x)', {
      limits: { memoryBytes: 100_000_000 },
    });
    expect(answer.status).not.toBe(0);
  });
});

describe('what a script leaves behind', () => {
  const groupIn = (text: string) => Number(/group (\d+)/.exec(text)?.[1]);

  it('is killed with its group when it ends, and not waited for', async () => {
    const shown = await print('echo "group $BASHPID"; sleep 1000 & (sleep 1000; echo late) & echo done');
    expect(shown).toMatch(/^group \d+\ndone\n$/);
    await until(() => membersOfGroup(groupIn(shown)).length === 0);
  });

  it('is killed with its group when its time is up', async () => {
    const directory = await newDirectory();
    const script = 'echo "group $BASHPID" > group; trap "" TERM; sleep 1000 & while :; do sleep 1000; done';
    const failure = await failureOf(run(script, { directory, timeout: 150 }));
    expect(failure.reason).toBe('timed-out');
    const shown = await print('cat group', { directory });
    await until(() => membersOfGroup(groupIn(shown)).length === 0);
  });

  it('cannot get into the output of another, though it left the group and holds the pipe', async () => {
    const mark = `SC_MARK=${randomUUID()}`;
    const directory = await newDirectory();
    const [name = '', value = ''] = mark.split('=');
    const stray = 'trap : PIPE; touch up; until [[ -e go ]]; do sleep 0.01; done; echo stray; touch gone';
    const script = `setsid bash -c '${stray}' & until [[ -e up ]]; do sleep 0.01; done; echo own`;
    expect(await print(script, { directory, env: { ...childEnvironment, [name]: value } })).toBe('own\n');
    const others = print('touch go; until [[ -e gone ]]; do sleep 0.01; done; echo other', { directory });
    expect(await others).toBe('other\n');
    await until(() => processesMentioning(mark).length === 0);
  });

  it('does not hold up the answer when it prints for ever', async () => {
    const mark = `SC_MARK=${randomUUID()}`;
    const [name = '', value = ''] = mark.split('=');
    const script = 'setsid bash -c "touch up; exec yes" & until [[ -e up ]]; do sleep 0.01; done; echo own';
    const env = { ...childEnvironment, [name]: value };
    const { stdout } = await run(script, { directory: await newDirectory(), env, maxOutput: 1_000_000_000 });
    expect(Buffer.from(stdout).includes('own\n')).toBe(true);
    // its pipe breaks
    await until(() => processesMentioning(mark).length === 0);
  });

  it('is a fork bomb that ends with the time limit', async () => {
    const directory = await newDirectory();
    const script = 'echo "group $BASHPID" > group; f() { f & f & wait; }; f';
    const failure = await failureOf(run(script, { directory, timeout: 150 }));
    expect(['timed-out', 'too-large']).toContain(failure.reason);
    const shown = await print('cat group', { directory });
    await until(() => membersOfGroup(groupIn(shown)).length === 0);
  });
});

describe('a script that attacks its worker', () => {
  it.each([
    ['writes to every descriptor', 'for fd in {3..20} {200..260}; do echo "0 ended 0" >&$fd; done', 1],
    ['reads from every descriptor', 'for fd in {3..20} {200..260}; do read -t 1 -u $fd x; done', 1],
    ['closes every descriptor', 'for fd in {0..20} {200..260}; do eval "exec $fd>&-"; done; exit 4', 4],
    ['exits', 'exit 3', 3],
    ['kills itself', 'kill -9 $BASHPID', 137],
    ['kills its group', 'kill -9 0', 137],
    ['stops itself', 'kill -STOP $BASHPID', 147],
    ['kills its worker', 'kill -9 $$', 'command-failed'],
    ['ends its worker', 'kill $$; sleep 1000', 'command-failed'],
    ['kills the parent of its worker', 'kill -9 $PPID; sleep 1000', 'command-failed'],
    ['ends the parent of its worker', 'kill $PPID; sleep 1000', 'command-failed'],
    ['stops its worker', 'kill -STOP $$', 'timed-out'],
    ['becomes another program', 'exec sh -c "exit 6"', 6],
    ['sets traps', 'trap "echo trapped" EXIT TERM INT CHLD DEBUG; exit 5', 5],
    ['redefines what the worker uses', 'printf() { :; }; read() { :; }; eval() { :; }; builtin() { :; }; exit 8', 8],
    ['breaks out of a loop', 'set +e; break; continue; return; exit 9', 9],
    ['leaves its directory', 'cd /; exit 2', 2],
    ['sets shell options', 'set -x -v -f -C -u; shopt -s expand_aliases; alias wait=:; exit 12', 12],
  ])('gets its own outcome, and the next one is answered right: %s', async (_name, script, outcome) => {
    const ended = await workers.run(scriptRequest(`set +e\n${script}`, { timeout: 3000 }), never).then(
      (answer) => answer.status,
      (error: unknown) => error,
    );
    if (typeof outcome === 'number') expect(ended).toBe(outcome);
    else expect(ended).toMatchObject({ reason: outcome });
    const shown = await print('printf "%s\\n" "next $-"; type -t printf read eval wait', { directory: tmpdir() });
    expect(shown).toBe('next ehBc\nbuiltin\nbuiltin\nbuiltin\nbuiltin\n');
  });
});

describe('shell workers', () => {
  it('start nothing before the first request', async () => {
    const before = childrenOf(process.pid).length;
    const some = createShellWorkers({ processes: createProcesses(), env: childEnvironment, count: 3 });
    expect(childrenOf(process.pid).length).toBe(before);
    await some.run(scriptRequest('true'), never);
    expect(childrenOf(process.pid).length).toBe(before + 1);
    await some.close();
    expect(childrenOf(process.pid).length).toBe(before);
  });

  it('evaluate as many at once as there are, and do not mix them', async () => {
    const some = createShellWorkers({ processes: createProcesses(), env: childEnvironment, count: 4 });
    const directory = await newDirectory();
    // each waits for all four to be under way
    const meet = 'touch "$N"; until [[ -e 0 && -e 1 && -e 2 && -e 3 ]]; do sleep 0.01; done; echo "own $N"';
    const requests = [0, 1, 2, 3].map((n) =>
      some.run(scriptRequest(meet, { directory, env: { ...childEnvironment, N: String(n) } }), never),
    );
    const shown = (await Promise.all(requests)).map((answer) => Buffer.from(answer.stdout).toString());
    expect(shown).toEqual(['own 0\n', 'own 1\n', 'own 2\n', 'own 3\n']);
    await some.close();
  });

  it('leave no process and no descriptor behind after a thousand evaluations', async () => {
    const directory = await newDirectory();
    const some = createShellWorkers({
      processes: createProcesses(),
      env: childEnvironment,
      count: 4,
      temporaryDirectory: directory,
    });
    const mark = `SC_MARK=${randomUUID()}`;
    const [name = '', value = ''] = mark.split('=');
    const env = { ...childEnvironment, [name]: value };
    const round = async () => {
      const requests = Array.from({ length: 250 }, (_, n) =>
        some.run(scriptRequest(`echo ${n}; sleep 1000 &`, { env, directory }), never),
      );
      for (const [n, answer] of (await Promise.all(requests)).entries()) {
        expect(Buffer.from(answer.stdout).toString()).toBe(`${n}\n`);
      }
    };
    await round();
    // four leaders, each with a pipe in, out, for errors and as a lifeline
    const expected = descriptorsOf(process.pid).filter((shown) => !shown.includes(directory)).length;
    for (let i = 0; i < 3; i++) await round();
    await until(() => processesMentioning(mark).length === 0);
    await until(() => !descriptorsOf(process.pid).some((shown) => shown.includes(directory)));
    expect(descriptorsOf(process.pid).length).toBeLessThanOrEqual(expected);
    await some.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('give up a request that waits as soon as it is cancelled', async () => {
    const controller = new AbortController();
    const running = workers.run(scriptRequest('sleep 1000'), controller.signal);
    const waiting = workers.run(scriptRequest('echo never'), controller.signal);
    controller.abort();
    expect((await failureOf(waiting)).reason).toBe('cancelled');
    expect((await failureOf(running)).reason).toBe('cancelled');
  });

  it('say so where there is no bash', async () => {
    const some = createShellWorkers({ processes: createProcesses(), env: { PATH: '/no/such/place' }, count: 1 });
    expect((await failureOf(some.run(scriptRequest('true'), never))).reason).toBe('command-failed');
    await some.close();
  });

  it('end what they evaluate when they are closed', async () => {
    const some = createShellWorkers({ processes: createProcesses(), env: childEnvironment, count: 1 });
    const directory = await newDirectory();
    const mark = `SC_MARK=${randomUUID()}`;
    const [name = '', value = ''] = mark.split('=');
    const env = { ...childEnvironment, [name]: value };
    const running = failureOf(some.run(scriptRequest('sleep 1000', { directory, env }), never));
    await until(() => processesMentioning(mark).length > 0);
    await some.close();
    expect((await running).reason).toBe('cancelled');
    await until(() => processesMentioning(mark).length === 0);
    expect((await failureOf(some.run(scriptRequest('true'), never))).reason).toBe('cancelled');
  });

  it('end what has begun but was not heard of when they are closed', async () => {
    const some = createShellWorkers({ processes: createProcesses(), env: childEnvironment, count: 1 });
    await some.run(scriptRequest('true'), never);
    const mark = randomUUID();
    const running = failureOf(some.run(scriptRequest(`exec -a ${mark} sleep 1000`), never));
    // the request is written without a turn of the event loop, and nothing is heard before there is one
    for (let i = 0; i < 50; i++) await Promise.resolve();
    const deadline = performance.now() + 30_000;
    while (processesMentioning(mark).length === 0 && performance.now() < deadline);
    expect(processesMentioning(mark)).toHaveLength(1);
    await some.close();
    expect((await running).reason).toBe('cancelled');
    await until(() => processesMentioning(mark).length === 0);
  });

  it.each([
    ['also one that waits', 'sleep 1000 | cat'],
    ['also one that was stopped', 'kill -STOP $$; sleep 1000 | cat'],
  ])('end by themselves, with what they evaluate, when this process is killed: %s', async (_name, script) => {
    const mark = randomUUID();
    const started = createProcesses().start(
      { file: process.execPath, args: [await agentProgram(), mark, script], env: childEnvironment },
      () => {},
    );
    // the agent, its leader and its worker, and what is evaluated
    await until(() => processesMentioning(mark).length >= 5);
    const groups = processesMentioning(mark).map((pid) => groupOf(pid));
    process.kill(started.pid, 'SIGKILL');
    await started.exited;
    await until(() => groups.every((group) => group === undefined || membersOfGroup(group).length === 0));
    await until(() => processesMentioning(mark).length === 0);
  });
});

/** A program that has a worker evaluate its second argument, its first in the environment; built, for older Nodes. */
async function agentProgram(): Promise<string> {
  const file = join(await newDirectory(), 'agent.mjs');
  const from = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../../src/${path}`, import.meta.url)));
  await build({
    stdin: {
      contents: `
        import { createShellWorkers } from ${from('extract/shell/workers.ts')};
        import { createProcesses } from ${from('system/process/processes.ts')};
        const env = { PATH: process.env.PATH, SC_MARK: process.argv[2] };
        const workers = createShellWorkers({ processes: createProcesses(), env, count: 1 });
        const work = { kind: 'script', script: process.argv[3] };
        await workers.run({ work, directory: '/', env, timeout: 1e6, maxOutput: 1e6 }, new AbortController().signal);
      `,
      resolveDir: fileURLToPath(new URL('../../..', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: file,
    logLevel: 'warning',
  });
  return file;
}
