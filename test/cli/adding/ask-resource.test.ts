import { describe, expect, it } from 'vitest';
import { shippedCatalogue } from '../../../src/catalogue/open-catalogue.ts';
import { askResource as ask, type Known } from '../../../src/cli/adding/ask-resource.ts';
import type { Prompts } from '../../../src/cli/tools.ts';
import { personWho } from '../command-tools.ts';

const askResource = (known: Known, prompts: Prompts) => ask(known, prompts, shippedCatalogue);

const NOTHING = { name: null, message: null, steps: null };

describe('the conversation', () => {
  it('asks for a name, a URL, what of it, and a message', async () => {
    const person = personWho(['url', 'core', 'https://www.example.com/core.json', 'json', '$.revision', 'New core']);
    expect(await askResource(NOTHING, person)).toEqual({
      kind: 'written',
      name: 'core',
      steps: [{ http: 'https://www.example.com/core.json' }, { json: '$.revision' }],
      message: 'New core',
    });
    expect(person.asked).toEqual([
      'What is watched?',
      'What is the resource called?',
      'Which URL is watched?',
      'What of it is the value?',
      'Which JSONPath?',
      'What does a change mean?',
    ]);
  });

  it('takes all of the text without a further question', async () => {
    const person = personWho(['url', 'https://www.example.com/', 'text']);
    const asked = await askResource({ ...NOTHING, name: 'page', message: 'New page' }, person);
    expect(asked).toMatchObject({ kind: 'written', steps: [{ http: 'https://www.example.com/' }] });
  });

  it('asks only for what is not known', async () => {
    const person = personWho(['New core']);
    await askResource({ name: 'core', message: null, steps: [{ clock: 'day' }] }, person);
    expect(person.asked).toEqual(['What does a change mean?']);
  });

  it.each([
    [[null]],
    [['url', null]],
    [['url', 'core', null]],
    [['url', 'core', 'https://www.example.com/', null]],
    [['url', 'core', 'https://x/', 'css', null]],
    [['catalogue', null]],
    [['catalogue', 'core-snap', null]],
    [['catalogue', 'nightly', 'docs', '', null]],
    [['catalogue', 'nightly', 'docs', '', '', null]],
  ])('ends where a question is waved away: %j', async (answers) => {
    expect(await askResource(NOTHING, personWho(answers))).toBeNull();
  });

  it('takes only URLs of the web, and no empty answers', async () => {
    const problems: (string | null | undefined)[] = [];
    const answers = ['x', 'https://www.example.com/', 'text'];
    const curious: Prompts = {
      ...personWho([]),
      text: async ({ problem }) => {
        problems.push(problem?.(' '), problem?.('ftp://x'));
        return answers.shift() ?? null;
      },
      select: async ({ choices }) => (choices.find(({ value }) => value === 'url') ?? choices.at(-1))?.value ?? null,
    };
    await askResource(NOTHING, curious);
    expect(problems.slice(0, 4)).toEqual([
      'Something has to be here',
      null,
      'A URL begins with https:// or http://',
      'A URL begins with https:// or http://',
    ]);
  });

  it('offers the catalogue: asks for an entry, its parameters, and a name that may be left to it', async () => {
    const person = personWho(['catalogue', 'core-snap', 'beta', 'arm64', 'core22', '', '']);
    const asked = await askResource(NOTHING, person);
    expect(asked).toMatchObject({ kind: 'entry', name: null, entry: { name: 'core-snap' } });
    expect(asked?.kind === 'entry' && [...asked.given]).toEqual([
      ['channel', 'beta'],
      ['arch', 'arm64'],
      ['snap', 'core22'],
    ]);
    expect(person.asked.slice(1)).toEqual([
      'Which one?',
      'channel: the channel that is watched',
      'arch: the architecture',
      'snap: the base',
      expect.stringMatching(/^store: /),
      'What is the resource called?',
    ]);
  });

  it('asks for no name where there is one', async () => {
    const person = personWho(['catalogue', 'nightly', 'docs', '', 'Europe/London']);
    const asked = await askResource({ ...NOTHING, name: 'mine' }, person);
    expect(asked).toMatchObject({
      kind: 'entry',
      name: 'mine',
      given: new Map([
        ['suite', 'docs'],
        ['timezone', 'Europe/London'],
      ]),
    });
  });

  it('shows what holds without an answer, and takes no value that the parameter does not', async () => {
    const questions: { message: string; placeholder?: string | undefined; problems: unknown[] }[] = [];
    const curious: Prompts = {
      ...personWho(['catalogue', 'git-tags', 'false']),
      text: async ({ message, placeholder, problem }) => {
        questions.push({ message, placeholder, problems: ['', '-x y'].map((answer) => problem?.(answer)) });
        return message.startsWith('strip') ? '' : 'x';
      },
    };
    const asked = await askResource(NOTHING, curious);
    expect(questions.map(({ placeholder }) => placeholder)).toEqual([
      undefined,
      undefined,
      'may be left empty',
      'may be left empty',
      'x',
    ]);
    const [project, , , strip] = questions;
    expect(project?.problems).toEqual([
      'Something has to be here',
      'the value does not match the pattern of the parameter (value -x y, pattern [\\w.-]+)',
    ]);
    expect(strip?.problems).toEqual([null, null]);
    expect(asked).toMatchObject({ kind: 'entry', name: 'x' });
  });
});
