// What stands in the way of recording a run, as somebody sees it who runs it by the command line: a database that another
// process keeps, notes that another agent pushes, a remote that has gone.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatResult, unrunResult } from '../../src/core/result.ts';
import { type FaultWorld, makeFaultWorld, nameOf } from '../support/fault-world.ts';
import { compileProgram, type Program } from '../support/git-child.ts';
import { git } from '../support/git-origin.ts';

const HELLO = 'run: {tasks: {suite: {script: echo hello}}}\n';

let world: FaultWorld;
let holder: Program;

beforeAll(async () => {
  world = await makeFaultWorld();
  // holds the lock of a database until it is killed
  holder = await compileProgram(`
    import Libsql from 'libsql';
    const database = new Libsql(process.argv[2] ?? '');
    database.exec('BEGIN EXCLUSIVE');
    console.log('locked');
    setInterval(() => {}, 1_000);`);
});
afterAll(async () => {
  holder.remove();
  await world.close();
});
afterEach(() => world.expectRecovered());

describe('records that another process keeps locked', () => {
  it('are told once with their path and what to do, and the run goes on to its end', async () => {
    expect(await world.spreadCron('run', world.file(HELLO))).toMatchObject({ status: 0 });
    const database = world.database();
    const holding = holder.start([database]);
    await holding.line();
    const file = world.file(HELLO);
    const { status, stdout, stderr } = await world.spreadCron('run', file);
    const looked = await world.spreadCron('runs');
    holding.kill();
    await holding.ended;
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello\n' });
    expect(stderr.match(/warning: the record of run/g)).toHaveLength(1);
    expect(stderr).toContain('another process keeps the run records locked: end it');
    expect(stderr).toContain(database);
    expect(looked.status).toBe(0);
  });

  it('are waited for at the end of a run', async () => {
    const gate = join(world.path, 'gate');
    const script = `mkfifo ${gate}; echo begun; read -r < ${gate}; echo done`;
    const file = world.file(`run: {tasks: {suite: {script: "${script}"}}}\n`);
    const running = world.start('run', file);
    await running.until('begun\n');
    const holding = holder.start([world.database()]);
    await holding.line();
    await writeFile(gate, '\n');
    await running.until('done\n');
    holding.kill();
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'begun\ndone\n' });
    expect(await world.record(nameOf(file))).toMatchObject({ status: 'success' });
  });
});

describe('a result', () => {
  const line = () => formatResult(unrunResult('adopted', { agent: 'another', at: 1_700_000_000_000, change: null }));
  let pushes = 0;

  beforeEach(() => {
    pushes = 0;
  });
  afterEach(() => {
    world.server.onRequest = null;
  });

  /** Done before the first pushes of our agent arrive. */
  function before(count: number, act: () => void): void {
    world.server.onRequest = ({ method, url }) => {
      if (method === 'POST' && url?.endsWith('origin.git/git-receive-pack') === true && ++pushes <= count) act();
    };
  }

  it('is merged with what another agent pushes at the same time, on other changes and on its own', async () => {
    const commit = world.addResource('shared', HELLO);
    const other = world.addResource('other', HELLO);
    let turn = 0;
    before(2, () => {
      const [on, text] = turn++ % 2 === 0 ? [commit, line()] : [other, line()];
      git(world.origin, ['notes', '--ref=spread-cron', 'append', '-m', text, on]);
    });
    expect(await world.spreadCron('run', 'shared')).toMatchObject({ status: 0 });
    expect(pushes).toBeGreaterThan(1);
    const record = await world.record('shared');
    const ours = world.notes(commit);
    expect(ours).toHaveLength(2);
    expect(ours).toContainEqual(expect.objectContaining({ run: record.run, status: 'success' }));
    expect(ours).toContainEqual(expect.objectContaining({ status: 'adopted' }));
    expect(world.notes(other)).toMatchObject([{ status: 'adopted' }]);
  });

  it('that cannot be pushed is told, recorded, and pushed by a later command', async () => {
    const commit = world.addResource('cut-off', HELLO);
    world.server.fail(
      ...Array.from({ length: 20 }, () => ({ kind: 'status' as const, status: 503, match: /receive-pack/ })),
    );
    const { status, stdout, stderr } = await world.spreadCron('run', 'cut-off');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello\n' });
    expect(stderr).toMatch(/result of run \w+ .*remote/);
    const { run } = await world.record('cut-off');
    for (;;) {
      const { status: answer } = await fetch(`${world.server.url}/origin.git/info/refs?service=git-receive-pack`);
      if (answer === 200) break;
    }
    await world.spreadCron('agent', '--once', '--runner', 'local');
    expect(world.notes(commit)).toMatchObject([{ run, status: 'success' }]);
  });
});
