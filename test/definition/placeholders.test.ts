// Placeholders in templates: what is filled in, what is left alone, what is left out, and where mistakes are.
import { describe, expect, it } from 'vitest';
import { fillTemplate, type Meaning, meaningOfItem } from '../../src/definition/placeholders.ts';

const meanings: Readonly<Record<string, Meaning>> = {
  a: { value: 'A' },
  n: { value: 7 },
  list: { value: [1, 2] },
  none: { value: undefined },
  nil: { value: null },
  bad: { problem: { message: 'no', found: 'bad' } },
};
const fill = (template: unknown) => fillTemplate(template, (placeholder) => meanings[placeholder] ?? null);

describe('a template', () => {
  it.each<readonly [string, unknown, unknown]>([
    ['texts', 'x ${a} ${n} ${nil}', 'x A 7 null'],
    ['a whole text as the value itself', ['${n}', '${list}', '${nil}'], [7, [1, 2], null]],
    ['values, not keys', { '${a}': { deep: ['${a}'] } }, { '${a}': { deep: ['A'] } }],
    ['nothing that is somebody else’s', ['${secret:KEY} ${value}', '${other}'], ['${secret:KEY} ${value}', '${other}']],
    ['nothing but text', [1, true, null], [1, true, null]],
    ['by leaving out what there is none of', { x: '${none}', y: ['${none}', 'z'] }, { y: ['z'] }],
  ])('fills in %s', (_what, template, filled) => {
    expect(fill(template)).toEqual({ filled, problems: [] });
  });

  it('does not fill in what a value holds', () => {
    const { filled } = fillTemplate('${a} ${a}', () => ({ value: '${b} $& $1' }));
    expect(filled).toBe('${b} $& $1 ${b} $& $1');
  });

  it('tells every mistake with its path', () => {
    expect(fill({ x: ['${bad}'], y: 'a ${list}', z: 'a ${none}' }).problems).toEqual([
      { path: ['x', 0], atKey: false, message: 'no', found: 'bad' },
      { path: ['y'], atKey: false, message: 'a list or map cannot stand inside a text', found: 'a list' },
      { path: ['z'], atKey: false, message: 'what may be left out cannot stand inside a text' },
    ]);
  });

  it('has items of a list, and their keys', () => {
    const { filled, problems } = fillTemplate(['${item.name}', '${item}', '${items}'], meaningOfItem({ name: 'x' }));
    expect([filled, problems]).toEqual([['x', { name: 'x' }, '${items}'], []]);
  });
});
