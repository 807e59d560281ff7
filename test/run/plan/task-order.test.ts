// The order of tasks: dependencies first, by name where nothing else decides, whatever they were written like.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortTasks } from '../../../src/run/plan/task-order.ts';
import { taskNamed } from '../../support/run-plans.ts';

/** `b<-a,e` as a task. */
function tasksOf(text: string) {
  return text.split(' ').map((part) => {
    const [name = '', needs = ''] = part.split('<-');
    return taskNamed(name, { dependsOn: needs === '' ? [] : needs.split(',') });
  });
}

const order = (text: string) =>
  sortTasks(tasksOf(text))
    .map(({ name }) => name)
    .join(' ');

describe('tasks', () => {
  it.each([
    ['zeta alpha', 'alpha zeta'],
    ['b<-a a', 'a b'],
    [
      'build_archive<-site_export site_export<-prepare_directory prepare_directory',
      'prepare_directory site_export build_archive',
    ],
    ['a b<-a,e c<-d,b d<-a e<-a f<-b,e g<-c,f', 'a d e b c f g'],
    ['b<-a,a a', 'a b'],
    ['a', 'a'],
  ])('%s are in the order %s', (written, expected) => {
    expect(order(written)).toBe(expected);
  });

  it('are none where none are written', () => {
    expect(sortTasks([])).toEqual([]);
  });

  it('may be a chain of twenty thousand', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      taskNamed(`t${index}`, { dependsOn: index === 0 ? [] : [`t${index - 1}`] }),
    );
    expect(sortTasks(chain.toReversed())).toEqual(chain);
  });

  it('that wait for each other, or for one that is not there, are refused', () => {
    expect(() => order('a<-b b<-a')).toThrow('tasks wait for each other in a circle');
    expect(() => order('a<-a')).toThrow('tasks wait for each other in a circle');
    expect(() => order('a<-toString')).toThrow('a task depends on one that does not exist');
  });

  it('come after what they depend on, each once, and in one order however they are written', () => {
    const graph = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { maxLength: 30 }).chain((names) =>
      fc.record({
        tasks: fc.tuple(
          ...names.map((name, index) =>
            fc.subarray(names.slice(0, index)).map((dependsOn) => taskNamed(name, { dependsOn })),
          ),
        ),
        seed: fc.array(fc.nat(), { minLength: names.length, maxLength: names.length }),
      }),
    );
    fc.assert(
      fc.property(graph, ({ tasks, seed }) => {
        const shuffled = tasks.map((task, index) => ({ task, at: seed[index] ?? 0 })).sort((a, b) => a.at - b.at);
        const sorted = sortTasks(shuffled.map(({ task }) => task));
        const done = new Set<string>();
        for (const { name, dependsOn } of sorted) {
          expect(dependsOn.filter((needed) => !done.has(needed))).toEqual([]);
          done.add(name);
        }
        expect(done.size).toBe(tasks.length);
        expect(sortTasks(tasks)).toEqual(sorted);
      }),
    );
  });
});
