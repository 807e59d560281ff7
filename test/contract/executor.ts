// What every executor must do, wherever it carries tasks out: the lines in one shell, their status and output to the last
// byte; and what executor-ending.ts has.
import { spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Executor } from '../../src/run/executor.ts';
import { processesMentioning, until } from '../support/processes.ts';
import { newRun, TASK_PATH, taskTools } from '../support/tasks.ts';
import { describeEnding } from './executor-ending.ts';

export interface ExecutorWorld {
  readonly executor: Executor;
  /** A new, empty directory. */
  readonly directory: () => Promise<string>;
}

const exited = (code: number) => ({ kind: 'exited', code });
/** Processes of a run that are alive. */
const left = (run: string) => processesMentioning(`SC_RUN_ID=${run}`);

/** Runs the family's suite in a world that the test makes. */
export function describeExecutor(name: string, world: () => ExecutorWorld): void {
  const tools = async () => taskTools(world().executor, await world().directory());

  describe(`the lines of a task, by the executor ${name}`, () => {
    it.each([
      ['true', 0],
      ['exit 3', 3],
      ['(exit 7)', 7],
      ['./no-such-program', 127],
      ['no-such-program', 127],
      ['kill -KILL $$', 137],
      ['kill -TERM $$', 143],
      ['[ -f no-such-file ] && echo there', 1],
      ['exit 3 | cat', 3],
    ])('give the status of `%s`', async (line, code) => {
      const { run } = await tools();
      expect((await run([line])).end).toEqual(exited(code));
    });

    it('run one after the other in one shell that keeps what it was told', async () => {
      const { run } = await tools();
      const lines = ['x=1', 'f() { echo "f $x"; }', 'mkdir sub; cd sub', 'x=2', 'f; basename "$PWD"'];
      expect(await run(lines)).toMatchObject({ end: exited(0), stdout: 'f 2\nsub\n' });
    });

    it('end with the first that fails', async () => {
      const { run } = await tools();
      expect(await run(['echo one', 'exit_with() { return 5; }; exit_with', 'echo never'])).toMatchObject({
        end: exited(5),
        stdout: 'one\n',
      });
    });

    it('end with the first command that fails, also within a line of several, unless told otherwise', async () => {
      const { run } = await tools();
      expect(await run(['echo one\nfalse\necho never'])).toMatchObject({ end: exited(1), stdout: 'one\n' });
      expect(await run(['set +e', 'false', 'echo on'])).toMatchObject({ end: exited(0), stdout: 'on\n' });
    });

    it('end well with `exit 0`', async () => {
      const { run } = await tools();
      expect(await run(['exit 0', 'echo never'])).toMatchObject({ end: exited(0), stdout: '' });
    });

    it('may hold quotations, line breaks, here-documents and every kind of character', async () => {
      const { run } = await tools();
      const text = `'"\\$x \t é 漢 \u{1f600} %s !! \u0001`;
      const lines = [`cat <<'END'\n${text}\nEND`, `echo 'a\nb'`, 'echo "$#" "$0" "[$1]"', 'echo end \\'];
      expect(await run(lines)).toMatchObject({ end: exited(0), stdout: `${text}\na\nb\n0 bash []\nend \\\n` });
    });

    it('do not reach into each other, and say what cannot be parsed', async () => {
      const { run } = await tools();
      for (const line of ['echo "open', 'if true', ')', 'echo $(']) {
        const carried = await run(['echo first', line, 'echo "never']);
        expect(carried).toMatchObject({ end: exited(2), stdout: 'first\n' });
        expect(carried.stderr).toMatch(/bash: .*(syntax error|unexpected)/);
      }
    });

    it('may be long', async () => {
      const { run } = await tools();
      const long = `: ${'x'.repeat(300_000)}`;
      expect(await run([long, `echo "$#" "$-"; printf '[%s]' "$IFS"`])).toMatchObject({
        end: exited(0),
        stdout: '0 ehBc\n[ \t\n]',
      });
      expect((await run([long.repeat(10)])).end).toMatchObject({ kind: 'not-started' });
    });

    it('come after the file that is sourced, which is not held to -e', async () => {
      const { run, work } = await tools();
      const source = join(work([]).directory, "env's.sh");
      await writeFile(source, 'false\nexport SOURCED=yes\n[ -n "" ] && never\n');
      expect(await run(['echo "$SOURCED"; sh -c \'echo "$SOURCED"\''], { source })).toMatchObject({
        end: exited(0),
        stdout: 'yes\nyes\n',
      });
    });

    it.each([
      ['cannot be parsed', 'if', 2],
      ['is missing', null, 127],
      ['ends the shell', 'exit 4', 4],
    ])('do not come after a file to source that %s', async (_what, content, code) => {
      const { run, work } = await tools();
      const source = join(work([]).directory, 'env.sh');
      if (content !== null) await writeFile(source, content);
      expect(await run(['echo never'], { source })).toMatchObject({ end: exited(code), stdout: '' });
    });

    it('say which script is not executable', async () => {
      const { run, work } = await tools();
      const script = join(work([]).directory, 'run-checks');
      await writeFile(script, '#!/bin/sh\necho checks\n');
      const refused = await run(['./run-checks']);
      expect(refused.end).toEqual(exited(126));
      expect(refused.stderr).toMatch(/run-checks: Permission denied/);
      await chmod(script, 0o755);
      expect(await run(['./run-checks'])).toMatchObject({ end: exited(0), stdout: 'checks\n' });
    });
  });

  describe(`what a task is given by the executor ${name}`, () => {
    it('is exactly the environment that was said, less what every shell sets', async () => {
      const { run } = await tools();
      const env = { PATH: TASK_PATH, SC_RUN_ID: newRun(), SC_TASK: 'suite', TEXT: 'a b\n"c" $d é', EMPTY: '' };
      const { stdout } = await run(['env -0'], { env, run: env.SC_RUN_ID });
      const seen = Object.fromEntries(
        stdout.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.split(/=(.*)/s).slice(0, 2)])),
      );
      for (const own of ['PWD', 'SHLVL', '_']) delete seen[own];
      expect(seen).toEqual(env);
    });

    it('is the same for a script of one plain command as for others', async () => {
      const { run, work } = await tools();
      const { directory } = work([]);
      await writeFile(
        join(directory, 'show'),
        'echo "$#: $*"; env | sort; echo $$ $BASHPID; set -o | grep on; declare -F; set | grep ^sc_',
        {
          mode: 0o755,
        },
      );
      await writeFile(join(directory, 'print'), '#!/bin/sh\necho "$#: $*"; env | sort; echo "$-"', { mode: 0o755 });
      // less its number, and what a shell notes for each program that it starts
      const printed = async (line: string) =>
        (await run([line], { run: 'the-same' })).stdout.replace(/^(\d+) \1$/m, 'pid').replace(/^_=.*\n/m, '');
      for (const line of ['./print a -b c=d', './show e', 'env', `${directory}/print`]) {
        expect(await printed(line)).toBe(await printed(`${line};`));
      }
      expect(await run(['exit 3'])).toMatchObject({ end: exited(3) });
      expect(await run(['echo a  b'])).toMatchObject({ end: exited(0), stdout: 'a b\n' });
      for (const line of ['./no-such-program', 'no-such-program', './', '.', 'no/such']) {
        expect((await run([line])).stderr).toBe((await run([`${line};`])).stderr);
      }
    });

    it('may be named in ways that are no variables of a shell', async () => {
      const { run } = await tools();
      const env = { PATH: TASK_PATH, 'odd-name.x': 'odd', 'BASH_FUNC_hi%%': '() { echo hi; }' };
      expect((await run(['hi', 'env | grep ^odd'], { env })).stdout).toBe('hi\nodd-name.x=odd\n');
    });

    it('is its directory, an empty stdin and no descriptor but the usual ones', async () => {
      const { run, work } = await tools();
      const { directory } = work([]);
      const list = 'for fd in /proc/$$/fd/*; do if [[ -e $fd ]]; then echo "${fd##*/}"; fi; done';
      // what this very process was started with and gives to every child of its own
      const usual = spawnSync('bash', ['-c', list], { encoding: 'utf8' }).stdout.split('\n');
      const { stdout } = await run(['cat', 'pwd', list]);
      const [shown, ...descriptors] = stdout.trim().split('\n');
      expect(shown).toBe(directory);
      expect(descriptors.slice(0, 3)).toEqual(['0', '1', '2']);
      expect(descriptors.filter((fd) => !usual.includes(fd))).toEqual([]);
    });

    it('is a process of its own that leads a group, and its programs ignore no signal', async () => {
      const { run } = await tools();
      const { stdout } = await run([
        'echo "$$ $BASHPID" $(ps -o pgid= -p $$)',
        'grep -E "SigIgn|SigBlk" /proc/self/status',
      ]);
      const [pids, ...masks] = stdout.trim().split('\n');
      expect(new Set(pids?.split(' ')).size).toBe(1);
      expect(masks).toEqual(['SigBlk:\t0000000000000000', 'SigIgn:\t0000000000000000']);
    });
  });

  describe(`what a task prints, by the executor ${name}`, () => {
    it('is told apart, in order and byte by byte, also without a line break at the end', async () => {
      const { run } = await tools();
      const chunks: Uint8Array[] = [];
      const script = [String.raw`printf 'a\0\377'; echo oops >&2; printf 'b' ; printf 'last words' >&2`];
      const { stderr } = await run(script, {
        output: (stream, chunk) => void (stream === 'stdout' && chunks.push(chunk)),
      });
      expect([...Buffer.concat(chunks)]).toEqual([97, 0, 255, 98]);
      expect(stderr).toBe('oops\nlast words');
    });

    it('comes while the task runs', async () => {
      const { begin } = await tools();
      const { stop, ended } = await begin(['echo up; exec sleep 1000']);
      stop();
      expect((await ended).end).toEqual({ kind: 'cancelled', code: 130 });
    });

    it('waits for whoever takes it, and all of it arrives', async () => {
      const { run } = await tools();
      let atOnce = 0;
      let most = 0;
      let bytes = 0;
      const output = async (_stream: string, chunk: Uint8Array) => {
        most = Math.max(most, ++atOnce);
        bytes += chunk.length;
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        atOnce--;
      };
      expect((await run(['head -c 3000000 /dev/zero'], { output })).end).toEqual(exited(0));
      expect({ bytes, most }).toEqual({ bytes: 3_000_000, most: 1 });
    });

    it('may be much, and is not held', async () => {
      const { executor } = world();
      const { work } = await tools();
      let bytes = 0;
      const before = process.memoryUsage().rss;
      let grown = 0;
      const output = (_stream: string, chunk: Uint8Array) => {
        bytes += chunk.length;
        grown = Math.max(grown, process.memoryUsage.rss() - before);
      };
      const end = await executor.execute(work(['head -c 2G /dev/zero'], { output }), new AbortController().signal);
      expect(end).toEqual(exited(0));
      expect(bytes).toBe(2 ** 31);
      expect(grown).toBeLessThan(150_000_000);
    });

    it('is not waited for where a process that left holds it', async () => {
      const { run } = await tools();
      const id = newRun();
      const script = [
        'setsid bash -c "touch held; exec sleep 1000" & until [[ -e held ]]; do sleep 0.01; done',
        'echo own',
      ];
      expect(await run(script, { run: id })).toMatchObject({ end: exited(0), stdout: 'own\n' });
      await until(() => left(id).length === 0);
    });
  });

  describeEnding(name, world);

  it(`many tasks at a time are carried out by the executor ${name}`, async () => {
    const { run } = await tools();
    const all = await Promise.all(Array.from({ length: 64 }, (_, i) => run([`echo ${i}; echo ${-i} >&2; exit ${i}`])));
    expect(all).toEqual(all.map((_, i) => ({ end: exited(i), stdout: `${i}\n`, stderr: `${-i}\n` })));
  });
}
