// Definitions that are asked for by their path: what they may leave out, and that all the rest is as strict as ever.
import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../src/core/failure.ts';
import { readPipelineFile } from '../../src/definition/pipeline-file.ts';
import { describeProblem } from '../../src/definition/problem.ts';
import { smallVocabulary } from '../support/definition-vocabulary.ts';

const read = (text: string) => readPipelineFile('ci/nightly.yaml', Buffer.from(text), smallVocabulary);

describe('a file that is run by its path', () => {
  it('may be nothing but its run', async () => {
    expect(await read('run: {tasks: {suite: {script: ./suite}}}\n')).toMatchObject({
      ok: true,
      definition: { message: '', run: { tasks: [{ name: 'suite', script: ['./suite'] }], timeout: null } },
    });
  });

  it('may be the definition of a resource', async () => {
    const text = 'message: New core\nextract: [{http: https://example.com/}]\nrun: {timeout: 1h}\n';
    expect(await read(text)).toMatchObject({
      ok: true,
      definition: { message: 'New core', extraction: { kind: 'steps' }, run: { timeout: 3_600_000 } },
    });
  });

  it('may say nothing of runs: then it is the classic one', async () => {
    expect(await read('tags: [nightly]\n')).toMatchObject({ ok: true, definition: { run: null } });
  });

  it.each([
    ['an unknown key', 'run:\n  taks: {}\n', 'ci/nightly.yaml:2:3: run.taks: unknown key; did you mean tasks?'],
    [
      'an unknown key of a task',
      'run:\n  tasks:\n    a: {scrpt: x}\n',
      'ci/nightly.yaml:3:9: run.tasks.a.scrpt: unknown key; did you mean script?',
    ],
    ['an unknown key above', 'runn: {}\n', 'ci/nightly.yaml:1:1: runn: unknown key; did you mean run?'],
    [
      'a wrong type',
      'run: {tasks: [a]}\n',
      'ci/nightly.yaml:1:14: run.tasks: the wrong type: expected a map, got a list',
    ],
    [
      'a message that no commit could carry',
      'message: " "\n',
      'ci/nightly.yaml:1:10: message: the message is empty: say what a change means',
    ],
    ['no map', '- a\n', 'ci/nightly.yaml:1:1: the wrong type: expected a map, got a list'],
  ])('with %s is refused at its place', async (_, text, message) => {
    const result = await read(text);
    expect(result.ok ? [] : result.problems.map(describeProblem)).toEqual([message]);
  });

  it('fails with one failure that names the place', async () => {
    const result = await read('run: {taks: {}}\n');
    expect(result.ok ? '' : describeFailure(result.failure)).toBe(
      'unknown key (file ci/nightly.yaml, line 1, column 7, path run.taks, nearest tasks)',
    );
  });
});
