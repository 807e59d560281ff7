// Writes a `resource.yaml` for people: its schema named for editors, keys in the order in which they are read best; and
// changes one that exists without losing its comments.
import type { Document } from 'yaml';
import { Failure } from '../core/failure.ts';

/** Where the resources repository itself keeps the schema, so that editors need no network and no installed program. */
export const SCHEMA_PATH = '.spread-cron/resource.schema.json';

const ORDER = [
  'message',
  'aliases',
  'tags',
  'manual',
  'schedule',
  'every',
  'timezone',
  'extract',
  'accept',
  'confirm',
  'confirm_after',
  'digest',
  'value_limit',
  'run',
];

type Written = Readonly<Record<string, unknown>>;

/** The text of a new `resource.yaml` at `path` in its tree: what is parsed from it is what was given, undefined values
 * left out. `remark` is one line about it. */
export async function writeResourceFile(written: Written, path: string, remark?: string): Promise<string> {
  const up = '../'.repeat(path.split('/').length - 1);
  const schema = `# yaml-language-server: $schema=${up === '' ? './' : up}${SCHEMA_PATH}\n`;
  return `${schema}${remark === undefined ? '' : `# ${remark}\n`}${await formatDefinition(written)}`;
}

/** The same without what is only for editors. */
export async function formatDefinition(written: Written): Promise<string> {
  const { default: yaml } = await import('yaml');
  return textOf(new yaml.Document(ordered(written), { aliasDuplicateObjects: false }));
}

/** The text with some keys set (undefined removes one); comments, order and everything else stay as they are. */
export async function changeResourceFile(text: string, changes: Written): Promise<string> {
  const { default: yaml } = await import('yaml');
  const document: Document = yaml.parseDocument(text, { merge: false, logLevel: 'error' });
  if (document.errors.length > 0 || !yaml.isMap(document.contents))
    throw new Failure('definition', 'the file cannot be changed before it is valid YAML');
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) document.delete(key);
    else document.set(key, typeof value === 'object' ? document.createNode(value) : value);
  }
  return textOf(document);
}

function textOf(document: Document): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function ordered(written: Written): Written {
  const rank = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  return Object.fromEntries(
    Object.entries(written)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => rank(a) - rank(b)),
  );
}
