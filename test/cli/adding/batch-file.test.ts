import { describe, expect, it } from 'vitest';
import { readBatch } from '../../../src/cli/adding/batch-file.ts';
import { failureOf } from '../../support/failures.ts';

const read = (text: string) => readBatch('batch', Buffer.from(text));

describe('a batch', () => {
  it('is a YAML list', async () => {
    expect(await read('- name: a\n  message: A\n- name: b\n  layout: central\n  message: B\n')).toEqual([
      { name: 'a', layout: null, from: null, written: { message: 'A' } },
      { name: 'b', layout: 'central', from: null, written: { message: 'B' } },
    ]);
  });

  it('is one JSON object per line', async () => {
    expect(await read('{"name":"a","message":"A"}\n\n{"name":"b","tags":["x"]}\n')).toEqual([
      { name: 'a', layout: null, from: null, written: { message: 'A' } },
      { name: 'b', layout: null, from: null, written: { tags: ['x'] } },
    ]);
  });

  it('may begin in the catalogue, which then has a name for it', async () => {
    const entries = await read('- from: core-snap\n  set: { channel: beta, days: [mon, 2] }\n  every: 1h\n');
    const given = new Map<string, string | readonly string[]>([
      ['channel', 'beta'],
      ['days', ['mon', '2']],
    ]);
    expect(entries).toEqual([
      { name: null, layout: null, from: { entry: 'core-snap', given }, written: { every: '1h' } },
    ]);
  });

  it.each([
    ['nothing', '', 'definition'],
    ['an empty list', '[]', 'the batch is empty'],
    ['a map', 'name: a\n', 'a batch is a list of resources, or one JSON object per line'],
    ['a text in the list', '- a\n', 'an entry of the batch is no map'],
    ['an entry without a name', '- message: A\n', 'an entry of the batch has no name'],
    ['a name that is a number', '- name: 3\n', 'an entry of the batch has no name'],
    ['an unknown layout', '- {name: a, layout: root}\n', 'layout is branch or central'],
    ['a parameter without an entry', '- {name: a, set: {x: y}}', 'set without from: say which entry of the catalogue'],
    ['parameters that are a list', '- {from: a, set: [x]}', 'set is a map of parameters and values'],
    ['an entry that is no name', '- {from: [a]}', 'from is the name of an entry of the catalogue'],
    ['a name that is empty, beside an entry', "- {from: a, name: ''}", 'an entry of the batch has no name'],
    ['half an object', '{"name":"a"}\n{"name":\n', 'a line of the batch is no JSON object'],
    ['broken YAML', '- [\n', 'definition'],
    ['aliases that grow without end', `a: &a [x]\nb: &b [${'*a,'.repeat(50)}]\n`, 'definition'],
  ])('refuses %s', async (_what, text, expected) => {
    const failure = await failureOf(read(text));
    expect([failure.reason, failure.message]).toContain(expected);
    expect(failure.reason).toBe('definition');
  });

  it('refuses bytes that are no text', async () => {
    expect((await failureOf(readBatch('batch', Buffer.from([0xff, 0xfe, 0x00])))).reason).toBe('definition');
  });

  it('says which entry is wrong', async () => {
    expect((await failureOf(read('- name: a\n- {}\n'))).details).toMatchObject({ file: 'batch', entry: 2 });
    expect((await failureOf(read('{"name":"a"}\n{nope}\n'))).details).toMatchObject({ line: 2 });
  });
});
