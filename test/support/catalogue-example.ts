// Examples of the catalogue's entries in the form in which the reference has its own, so that both are carried out alike.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry, Example } from '../../src/catalogue/entry.ts';
import type { Answer } from '../../src/catalogue/written-entry.ts';
import type { Example as DocumentedExample } from './documented-example.ts';
import type { CodeBlock } from './markdown.ts';

/** Where the entries are. */
export const RESOURCES = fileURLToPath(new URL('../../resources/', import.meta.url));

/** Languages of blocks by the ending of a file's name. */
const LANGUAGES: Readonly<Record<string, string>> = {
  '.html': 'html',
  '.http': 'http',
  '.json': 'json',
  '.txt': 'text',
  '.xml': 'xml',
};

/** Text of what a source is answered. */
export function answerText(entry: Entry, { file }: Answer): Promise<string> {
  return readFile(`${RESOURCES}${entry.name}/${file}`, 'utf8');
}

/** The example as if it stood in the reference. */
export async function documented(entry: Entry, example: Example): Promise<DocumentedExample> {
  const given = example.answers.map(async (answer) => {
    const language = LANGUAGES[extname(answer.file)];
    if (language === undefined) throw new Error(`${entry.name}: what is a file like ${answer.file}?`);
    return block(language, infoOf(answer), await answerText(entry, answer));
  });
  const now = example.now === null ? [] : [['now', new Date(example.now).toISOString()] as const];
  return { given: await Promise.all(given), steps: block('yaml', now, ''), value: example.value };
}

function infoOf({ kind, of }: Answer): readonly (readonly [string, string])[] {
  const [name = '', type = ''] = of.split(' ');
  return kind === 'records'
    ? [
        [kind, name],
        ['type', type],
      ]
    : [[kind, of]];
}

function block(language: string, info: readonly (readonly [string, string])[], text: string): CodeBlock {
  return { language, info: new Map(info), text, line: 0, heading: '' };
}
