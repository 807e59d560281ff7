import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatResult, type Result } from '../../src/core/result.ts';
import { addResult, editNote, mergeNotes, parseNote } from '../../src/core/result-note.ts';
import { anyResult, resultOf } from '../support/results.ts';

const line = (overrides: Parameters<typeof resultOf>[0] = {}) => `${formatResult(resultOf(overrides))}\n`;

describe('a note', () => {
  it('gives its results in the order of their attempts, whatever else stands in it', () => {
    const note = `seen by hand\n${line({ attempt: 2, run: 'b' })}\n{not ours}\n${line({ run: 'a' })}`;
    expect(parseNote(note)).toEqual([resultOf({ run: 'a' }), resultOf({ attempt: 2, run: 'b' })]);
    expect(parseNote('')).toEqual([]);
  });

  it('gets a line for a run, and a new one in its place as the run proceeds', () => {
    const running = editNote(null, resultOf({ status: 'running', finishedAt: null }));
    expect(running).toBe(line({ status: 'running', finishedAt: null }));
    expect(editNote(running, resultOf())).toBe(line());
    expect(editNote(line(), resultOf({ attempt: 2, run: 'b' }))).toBe(line() + line({ attempt: 2, run: 'b' }));
  });

  it('keeps every line that is not of this run as it is', () => {
    const newer = line().replace('"v":1', '"v":2');
    const other = line({ run: 'other', attempt: 1 }).replace('"v":1', '"v":1,"unheard_of":true');
    const note = `by hand\n\n${other}${line({ status: 'running' })}${newer}# more`;
    expect(editNote(note, resultOf())).toBe(`by hand\n\n${other}${line()}${newer}# more\n`);
  });

  it('keeps the better line where another agent wrote of the same run', () => {
    const lost = line({ status: 'lost', agent: 'agent-2', finishedAt: 5 });
    expect(editNote(lost, resultOf({ status: 'running', finishedAt: null }))).toBe(lost);
    expect(editNote(lost, resultOf())).toBe(line());
  });

  it('has one line of a run when it has been edited, also where there were two', () => {
    const note = `${line({ status: 'running' })}by hand\n${line({ status: 'lost' })}`;
    expect(editNote(note, resultOf())).toBe(`${line()}by hand\n`);
  });
});

describe('results of a change with one more', () => {
  it('are what the note would say when it was edited', () => {
    const results = fc.array(fc.tuple(anyResult, fc.constantFrom('a', 'b'), fc.constantFrom(1, 2)), { maxLength: 5 });
    fc.assert(
      fc.property(results, (list) => {
        const given = list.map(([result, run, attempt]): Result => ({ ...result, run, attempt }));
        const note = given.reduce<string | null>(editNote, null) ?? '';
        const same = (result: Result) => [result.run, result.attempt, result.status, result.finishedAt];
        expect(given.reduce<readonly Result[]>(addResult, []).map(same)).toEqual(parseNote(note).map(same));
      }),
    );
  });
});

describe('two notes as one', () => {
  it('keep the finished line, then the later one, then that of the smaller agent id', () => {
    const running = line({ status: 'running', finishedAt: null });
    expect(mergeNotes(running, line())).toBe(line());
    expect(mergeNotes(line({ finishedAt: 10 }), line({ finishedAt: 20 }))).toBe(line({ finishedAt: 20 }));
    expect(mergeNotes(line({ agent: 'b' }), line({ agent: 'a' }))).toBe(line({ agent: 'a' }));
  });

  it('have the lines of both runs, and what others wrote once', () => {
    const second = line({ attempt: 2, run: 'b' });
    expect(mergeNotes(`${second}by hand\n`, `by hand\n\nand later\n${line()}`)).toBe(
      `${line()}${second}\nand later\n\nby hand\n`,
    );
  });

  // few runs, agents and times, so that lines meet
  const some = anyResult.chain((result) =>
    fc
      .record({
        run: fc.constantFrom('a', 'b'),
        attempt: fc.constantFrom(1, 2),
        agent: fc.constantFrom('a', 'b', result.agent),
        finishedAt: fc.constantFrom(null, 1, 2),
      })
      .map((more) => `${formatResult({ ...result, ...more })}`),
  );
  const foreign = fc.constantFrom('', 'by hand', '{', 'ok {"v":2}', ' ', '\r');
  const note = fc
    .tuple(fc.array(fc.oneof(some, foreign), { maxLength: 6 }), fc.constantFrom('', '\n'))
    .map(([lines, end]) => lines.join('\n') + end);

  it('are the same in whichever order they are joined', () => {
    fc.assert(
      fc.property(note, note, note, (a, b, c) => {
        expect(mergeNotes(a, b)).toBe(mergeNotes(b, a));
        expect(mergeNotes(mergeNotes(a, b), c)).toBe(mergeNotes(a, mergeNotes(b, c)));
        expect(mergeNotes(a, a)).toBe(a);
        expect(mergeNotes(mergeNotes(a, b), b)).toBe(mergeNotes(a, b));
      }),
      { numRuns: 300 },
    );
  });

  it('lose no run of either', () => {
    const keys = (text: string) => parseNote(text).map(({ run, attempt }) => `${run} ${attempt}`);
    fc.assert(
      fc.property(note, note, (a, b) => {
        expect(new Set(keys(mergeNotes(a, b)))).toEqual(new Set([...keys(a), ...keys(b)]));
      }),
    );
  });
});
