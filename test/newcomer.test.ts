// The newcomer's walk in test/README.md, replayed by the built command line from top to bottom.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeBlocks } from './support/markdown.ts';
import { PROGRAM } from './support/terminal.ts';
import { replay, startVisitor, type Visitor } from './support/transcript.ts';

const page = await readFile(new URL('README.md', import.meta.url), 'utf8');
const blocks = codeBlocks(page).filter(({ info }) => info.has('replay'));
let visitor: Visitor;

beforeAll(async () => {
  visitor = await startVisitor(PROGRAM, 'https://api.example.com');
});

afterAll(async () => {
  await visitor.close();
});

it('has every command that the walk is about', () => {
  const commands = blocks.map(({ text }) => text).join('');
  for (const command of ['init', 'catalogue', 'add-resource --from', 'agent', 'history', 'status'])
    expect(commands).toContain(`$ spread-cron ${command}`);
});

// in order: each block goes on where the one before has ended
it.each(blocks)('goes as shown at line $line', async (block) => {
  const { shown, printed } = await replay(block, visitor);
  expect(printed).toEqual(shown);
});
