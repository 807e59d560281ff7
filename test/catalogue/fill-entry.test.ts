// Filling an entry: what becomes of values, and what whoever gave them is told.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillEntry, missingParameters } from '../../src/catalogue/fill-entry.ts';
import type { Given } from '../../src/catalogue/parameter.ts';
import { describeFailure } from '../../src/core/failure.ts';
import { failureOf } from '../support/failures.ts';
import { entryOf, entryText } from './entries-of.ts';

const given = (values: Readonly<Record<string, Given>>) => new Map(Object.entries(values));

const shop = await entryOf(
  entryText({
    parameters: `
  shop: { description: which shop, choices: { north: { host: n.example.com }, south: { host: s.example.com } } }
  path: { description: the path, default: latest, pattern: "[a-z]+" }
  days: { description: when, default: [mon], several: true, choices: [mon, tue] }
  token: { description: a token, optional: true }
  key: { description: a key, optional: true, secret: true }
  deep: { description: whether deep, default: false, choices: [true, false] }`,
    name: '${shop}-${path}',
    definition: `
  message: New thing of \${shop}
  tags: ["\${token}", fixed]
  extract:
    - http: https://\${shop.host}/\${path}?key=\${secret:KEY}
      headers: { Authorization: "\${token}", Key: "\${key}" }
      deep: \${deep}
    - clock: day
      days: \${days}`,
    examples: '[{ set: { shop: north }, value: x }]',
  }),
);

describe('a filled entry', () => {
  it('takes defaults, and leaves out what nothing is given for', () => {
    expect(fillEntry(shop, given({ shop: 'north' }))).toEqual({
      name: 'north-latest',
      definition: {
        message: 'New thing of north',
        tags: ['fixed'],
        extract: [
          { http: 'https://n.example.com/latest?key=${secret:KEY}', headers: {}, deep: false },
          { clock: 'day', days: ['mon'] },
        ],
      },
      origin: 'thing shop=north path=latest days=mon deep=false',
    });
  });

  it('names secrets', () => {
    const made = fillEntry(shop, given({ shop: 'north', key: '${secret:KEY}' }));
    expect(made.definition).toMatchObject({ extract: [{ headers: { Key: '${secret:KEY}' } }, {}] });
  });

  it('has lists from commas and from lists, and choices as they are written', () => {
    const made = fillEntry(shop, given({ shop: 'south', days: 'mon, tue', deep: 'true', token: 't' }));
    expect(made.definition).toMatchObject({
      tags: ['t', 'fixed'],
      extract: [{ headers: { Authorization: 't' }, deep: true }, { days: ['mon', 'tue'] }],
    });
    expect(made.origin).toBe('thing shop=south path=latest days=mon,tue token=t deep=true');
    expect(fillEntry(shop, given({ shop: 'south', days: ['tue'] })).definition).toMatchObject({
      extract: [{}, { days: ['tue'] }],
    });
  });

  it('says nothing else, whatever a value is', async () => {
    const free = await entryOf(entryText());
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (text) => {
        fc.pre(text.trim() !== '' && !/\p{Cc}/u.test(text));
        expect(fillEntry(free, given({ thing: text })).definition).toEqual({
          message: `New ${text}`,
          extract: [{ clock: 'day' }],
        });
      }),
    );
  });

  it('does not fill in what a value holds', async () => {
    const free = await entryOf(entryText());
    expect(fillEntry(free, given({ thing: '${thing}' })).definition).toMatchObject({ message: 'New ${thing}' });
  });

  it('knows what must still be given', () => {
    expect(missingParameters(shop, given({})).map(({ name }) => name)).toEqual(['shop']);
    expect(missingParameters(shop, given({ shop: 'north' }))).toEqual([]);
  });
});

describe('a value that is not taken', () => {
  it.each<readonly [string, Readonly<Record<string, Given>>, string]>([
    [
      'a missing one',
      {},
      'the entry needs a value: give it with --set NAME=VALUE (catalogue thing, parameter shop, meaning which shop)',
    ],
    [
      'one of an unknown parameter',
      { shp: 'north' },
      'the entry has no such parameter (catalogue thing, parameter shp, nearest shop, parameters shop, path, days, token, key, deep)',
    ],
    [
      'one that is no choice',
      { shop: 'nort' },
      'not one of the choices of the parameter (parameter shop, value nort, choices north, south, nearest north, meaning which shop)',
    ],
    [
      'one of another form',
      { shop: 'north', path: 'a/b' },
      'the value does not match the pattern of the parameter (parameter path, value a/b, pattern [a-z]+, meaning the path)',
    ],
    [
      'one that only begins as it should',
      { shop: 'north', path: 'abc1' },
      'the value does not match the pattern of the parameter (parameter path, value abc1, pattern [a-z]+, meaning the path)',
    ],
    [
      'a secret itself, which is not repeated,',
      { shop: 'north', key: 'hunter2' },
      "a secret is given by its name: write ${secret:NAME}, and list it in the agent's configuration (parameter key, meaning a key)",
    ],
    ['an empty one', { shop: '' }, 'the parameter is empty (parameter shop, meaning which shop)'],
    ['an empty list', { shop: 'north', days: [] }, 'the parameter is empty (parameter days, meaning when)'],
    [
      'a list for one',
      { shop: ['north', 'south'] },
      'the parameter takes one value, not a list (parameter shop, meaning which shop)',
    ],
    [
      'one with a line break',
      { shop: 'north', token: 'a\nb' },
      'the value holds a control character (parameter token, meaning a token)',
    ],
  ])('%s is told with what is meant', async (_what, values, expected) => {
    const failure = await failureOf(Promise.resolve().then(() => fillEntry(shop, given(values))));
    expect([failure.reason, describeFailure(failure)]).toEqual(['usage', expected]);
  });

  it('names the others that are missing too', async () => {
    const two = await entryOf(
      entryText({
        parameters: '{ thing: { description: a }, other: { description: b } }',
        name: '${thing}-${other}',
      }),
    );
    const failure = await failureOf(Promise.resolve().then(() => fillEntry(two, given({}))));
    expect(failure.details).toMatchObject({ parameter: 'thing', also: 'other' });
  });
});
