// `entry.yaml`: what is read of it, and what its writer is told.
import { describe, expect, it } from 'vitest';
import { entryOf, entryText, problemsOf } from './entries-of.ts';

describe('an entry', () => {
  it('has parameters, a definition and examples', async () => {
    const entry = await entryOf(
      entryText({
        parameters:
          '{ thing: { description: the thing, default: 7 }, days: { description: when, several: true, choices: [mon, tue], optional: true } }',
        definition: '{ message: "New ${thing}", extract: [{ clock: day, days: "${days}" }] }',
        examples:
          '[{ set: { days: [mon] }, now: "2026-03-07T12:00:00Z", value: x, answers: [{ given: https://x/, file: x.json }, { refs: https://y/, file: y.txt }, { results: z, file: z.txt }, { records: example.com MX, file: mx.txt }] }]',
      }),
    );
    expect(entry).toMatchObject({ name: 'thing', summary: 'a thing', resourceName: '${thing}' });
    expect(entry.parameters.get('thing')).toMatchObject({ fallback: '7', optional: false, choices: null });
    expect([...(entry.parameters.get('days')?.choices?.keys() ?? [])]).toEqual(['mon', 'tue']);
    expect(entry.examples).toEqual([
      {
        set: new Map([['days', ['mon']]]),
        now: Date.UTC(2026, 2, 7, 12),
        value: 'x',
        answers: [
          { kind: 'given', of: 'https://x/', file: 'x.json' },
          { kind: 'refs', of: 'https://y/', file: 'y.txt' },
          { kind: 'results', of: 'z', file: 'z.txt' },
          { kind: 'records', of: 'example.com MX', file: 'mx.txt' },
        ],
      },
    ]);
  });

  it('leaves alone what the definition and the agent fill in', async () => {
    const definition =
      '{ message: "New ${thing}", extract: [{ http: "https://x/${secret:KEY}", as: info }, { template: "${value} ${info}" }] }';
    expect(await problemsOf(entryText({ definition }))).toEqual([]);
  });
});

describe('what is wrong with an entry', () => {
  const parameter = (text: string) => entryText({ parameters: `{ thing: { description: the thing, ${text} } }` });

  it.each<readonly [string, string, string]>([
    ['an unknown key', entryText({ sumary: 'x' }), 'entry.yaml:7:1: sumary: unknown key; did you mean summary?'],
    [
      'an unknown key of a parameter',
      parameter('defualt: x'),
      'entry.yaml:3:48: parameters.thing.defualt: unknown key; did you mean default?',
    ],
    [
      'a key that is missing',
      entryText().replace(/^name.*\n/m, ''),
      'entry.yaml:1:1: name: a key is missing: expected text',
    ],
    [
      'no example',
      entryText({ examples: '[]' }),
      'entry.yaml:6:11: examples: too little: expected at least 1, got a list',
    ],
    [
      'a value that is no text',
      entryText({ examples: '[{ value: 1234 }]' }),
      'entry.yaml:6:21: examples[0].value: the wrong type: expected text (put it in quotes), got 1234',
    ],
    [
      'an instant that is none',
      entryText({ examples: '[{ value: x, now: noon }]' }),
      'entry.yaml:6:29: examples[0].now: not an instant: write it like 2026-03-07T12:00:00Z: got "noon"',
    ],
    [
      'an answer to nothing',
      entryText({ examples: '[{ value: x, answers: [{ file: a.json }] }]' }),
      'entry.yaml:6:34: examples[0].answers[0]: say once what is answered, such as given: URL; it is one of given, anonymous, refs, certificate, records, results',
    ],
    [
      'an answer to two things',
      entryText({ examples: '[{ value: x, answers: [{ given: https://x/, refs: https://x/, file: a.json }] }]' }),
      'entry.yaml:6:34: examples[0].answers[0]: say once what is answered, such as given: URL; it is one of given, anonymous, refs, certificate, records, results',
    ],
    [
      'records without a type',
      entryText({ examples: '[{ value: x, answers: [{ records: example.com, file: a.txt }] }]' }),
      'entry.yaml:6:45: examples[0].answers[0].records: not a name and a type of record: write example.com MX: got "example.com"',
    ],
    [
      'a file that is elsewhere',
      entryText({ examples: '[{ value: x, answers: [{ given: https://x/, file: ../secret.json }] }]' }),
      'entry.yaml:6:61: examples[0].answers[0].file: not the name of a file beside entry.yaml: got "../secret.json"',
    ],
    [
      'the name of a parameter',
      entryText({ parameters: '{ Thing-1: { description: x } }' }),
      'entry.yaml:3:15: parameters.Thing-1: not the name of a parameter: small letters, digits and _, not value',
    ],
    [
      'a parameter of the name that templates have',
      entryText({ parameters: '{ value: { description: x } }' }),
      'entry.yaml:3:15: parameters.value: not the name of a parameter: small letters, digits and _, not value',
    ],
    [
      'a placeholder that means nothing',
      entryText({ name: '${thng}-x' }),
      'entry.yaml:4:7: name: there is no such parameter: got thng; did you mean thing?',
    ],
    [
      'a placeholder deep in the definition',
      entryText({ definition: '{ message: "New ${thing}", extract: [{ http: "https://x/${thng.y}" }] }' }),
      'entry.yaml:5:58: definition.extract[0].http: there is no such parameter: got thng.y; did you mean thing?',
    ],
    [
      'a parameter that nobody uses',
      entryText({ parameters: '{ thing: { description: x }, other: { description: y } }' }),
      'entry.yaml:3:42: parameters.other: nothing uses this parameter',
    ],
    [
      'a parameter named like what a step keeps',
      entryText({ definition: '{ message: x, extract: [{ clock: day, as: thing }, { template: "${thing}" }] }' }),
      'entry.yaml:3:15: parameters.thing: a step keeps its output under this name',
    ],
    [
      'a default that is no choice',
      parameter('default: bata, choices: [beta, edge]'),
      'entry.yaml:3:57: parameters.thing.default: not one of the choices of the parameter (value bata, choices beta, edge, nearest beta)',
    ],
    [
      'a default of another form',
      parameter('default: a1, pattern: "[a-z]+"'),
      'entry.yaml:3:57: parameters.thing.default: the value does not match the pattern of the parameter (value a1, pattern [a-z]+)',
    ],
    [
      'a default of what is optional',
      parameter('default: x, optional: true'),
      'entry.yaml:3:70: parameters.thing.optional: what has a default is optional already: keep one',
    ],
    [
      'choices and a pattern',
      parameter('choices: [a], pattern: a'),
      'entry.yaml:3:71: parameters.thing.pattern: choices and pattern: keep one',
    ],
    [
      'a secret with a pattern',
      parameter('secret: true, pattern: a'),
      'entry.yaml:3:56: parameters.thing.secret: a secret has neither choices nor a pattern',
    ],
    [
      'a pattern that is none',
      parameter('pattern: "[a-z"'),
      'entry.yaml:3:57: parameters.thing.pattern: the regular expression is not valid',
    ],
    [
      'choices with different keys',
      parameter('choices: { a: { x: "1" }, b: { y: "1" } }'),
      'entry.yaml:3:57: parameters.thing.choices: every choice must have the same keys',
    ],
    [
      'a list of choices with keys',
      parameter('several: true, choices: { a: { x: "1" } }'),
      'entry.yaml:3:57: parameters.thing.several: choices with keys cannot be a list',
    ],
    [
      'a key that choices lack',
      entryText({ parameters: '{ thing: { description: x, choices: { a: { host: y } } } }', name: '${thing.hst}' }),
      'entry.yaml:4:7: name: the choices of the parameter have no such key: got thing.hst; did you mean host?',
    ],
    [
      'a list inside a text',
      parameter('several: true'),
      'entry.yaml:4:7: name: a list or map cannot stand inside a text',
    ],
    [
      'what may be left out inside a text',
      parameter('optional: true'),
      'entry.yaml:5:24: definition.message: what may be left out cannot stand inside a text',
    ],
    ['no YAML', '{', 'entry.yaml:1:2: not valid YAML'],
    ['nothing', '', 'entry.yaml: the file is empty'],
  ])('%s is told with its place', async (_what, text, expected) => {
    const problems = await problemsOf(text);
    expect(
      problems.some((problem) => problem.startsWith(expected)),
      problems.join('\n'),
    ).toBe(true);
  });
});
