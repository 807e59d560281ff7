import { describe, expect, it } from 'vitest';
import { askResource } from '../../src/cli/ask-resource.ts';
import type { Prompts } from '../../src/cli/tools.ts';
import { personWho } from './command-tools.ts';

const NOTHING = { name: null, message: null, steps: null };

describe('the conversation', () => {
  it('asks for a name, a URL, what of it, and a message', async () => {
    const person = personWho(['core', 'https://www.example.com/core.json', 'json', '$.revision', 'New core']);
    expect(await askResource(NOTHING, person)).toEqual({
      name: 'core',
      steps: [{ http: 'https://www.example.com/core.json' }, { json: '$.revision' }],
      message: 'New core',
    });
    expect(person.asked).toEqual([
      'What is the resource called?',
      'Which URL is watched?',
      'What of it is the value?',
      'Which JSONPath?',
      'What does a change mean?',
    ]);
  });

  it('takes all of the text without a further question', async () => {
    const person = personWho(['https://www.example.com/', 'text']);
    const asked = await askResource({ ...NOTHING, name: 'page', message: 'New page' }, person);
    expect(asked?.steps).toEqual([{ http: 'https://www.example.com/' }]);
  });

  it('asks only for what is not known', async () => {
    const person = personWho(['New core']);
    await askResource({ name: 'core', message: null, steps: [{ clock: 'day' }] }, person);
    expect(person.asked).toEqual(['What does a change mean?']);
  });

  it.each([
    [[null]],
    [['core', null]],
    [['core', 'https://www.example.com/', null]],
    [['core', 'https://x/', 'css', null]],
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
      select: async ({ choices }) => choices.at(-1)?.value ?? null,
    };
    await askResource(NOTHING, curious);
    expect(problems.slice(0, 4)).toEqual([
      'Something has to be here',
      null,
      'A URL begins with https:// or http://',
      'A URL begins with https:// or http://',
    ]);
  });
});
