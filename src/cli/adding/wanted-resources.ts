// What `add-resource` is asked to make: resources as flags, a file, a batch, the catalogue or a conversation say.
import { resolve } from 'node:path';
import { missingParameters } from '../../catalogue/fill-entry.ts';
import { type Catalogue, shippedCatalogue } from '../../catalogue/open-catalogue.ts';
import { Failure, type FailureDetails } from '../../core/failure.ts';
import type { Layout } from '../../core/resource.ts';
import type { WrittenMap } from '../../definition/layers.ts';
import { parseStepArguments } from '../../definition/step-argument.ts';
import type { ResourceRequest } from '../../pipeline/make/prepare.ts';
import { kindOfFile } from '../../pipeline/show/definition-file.ts';
import { readFileIfAny } from '../../system/files.ts';
import type { Prompts } from '../tools.ts';
import { askParameters } from './ask-entry.ts';
import { askResource, type Steps } from './ask-resource.ts';
import { type BatchEntry, readBatch } from './batch-file.ts';
import { fromCatalogue, parseSettings } from './from-catalogue.ts';

/** What the flags of `add-resource` say of resources. */
export interface ResourceFlags {
  readonly message?: string | undefined;
  readonly step?: readonly string[] | undefined;
  readonly schedule?: string | undefined;
  readonly every?: string | undefined;
  readonly timezone?: string | undefined;
  readonly accept?: string | undefined;
  readonly confirm?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly file?: string | undefined;
  readonly batch?: string | undefined;
  readonly from?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly layout?: Layout | undefined;
}

/** A resource as it was asked for: a file as it is, or the keys of one that is to be written. */
export interface WantedResource {
  readonly name: string;
  readonly layout: Layout | null;
  readonly content: ResourceRequest['file'] | { readonly written: WrittenMap; readonly remark?: string };
}

export interface Wanted {
  readonly resources: readonly WantedResource[];
  /** True where the command was a conversation. */
  readonly asked: boolean;
}

/** Largest file that is read, in bytes. */
const LARGEST_FILE = 10_000_000;

/** Null where a question was waved away. `directory` is where paths begin. */
export async function wantedResources(
  name: string | undefined,
  flags: ResourceFlags,
  directory: string,
  prompts: Prompts | null,
): Promise<Wanted | null> {
  const { file, layout = null } = flags;
  if (flags.set !== undefined && flags.from === undefined)
    throw new Failure('usage', 'say which entry of the catalogue the parameters are for: --from ENTRY');
  if (flags.batch !== undefined) {
    if (name !== undefined) throw new Failure('usage', 'a batch has its own names: leave NAME out', { name });
    return { resources: await fromBatch(flags.batch, layout, directory), asked: false };
  }
  if (file !== undefined) {
    if (name === undefined)
      throw new Failure('usage', 'say what the resource is called: add-resource NAME --file FILE');
    const content = { name: kindOfFile(file), content: await readWhole(file, directory) };
    return { resources: [{ name, layout, content }], asked: false };
  }
  if (flags.from !== undefined) return fromEntry(name ?? null, flags, flags.from, prompts);
  return fromFlags(name ?? null, flags, prompts);
}

async function fromBatch(file: string, layout: Layout | null, directory: string): Promise<readonly WantedResource[]> {
  const entries = await readBatch(file, await readWhole(file, directory));
  const catalogue = shippedCatalogue();
  const resources = new Map<string, WantedResource>();
  for (const [index, entry] of entries.entries()) {
    const made = await fromBatchEntry(entry, catalogue, { file, entry: index + 1 });
    if (resources.has(made.name))
      throw new Failure('definition', 'the batch names a resource twice', { file, name: made.name });
    resources.set(made.name, { ...made, layout: layout ?? entry.layout });
  }
  return [...resources.values()];
}

/** What an entry of the catalogue refuses is told with its place in the batch. */
async function fromBatchEntry(
  { name, from, written }: BatchEntry,
  catalogue: Catalogue,
  place: FailureDetails,
): Promise<Omit<WantedResource, 'layout'>> {
  if (from === null) return { name: name ?? '', content: { written } };
  try {
    return fromCatalogue(await catalogue.entry(from.entry), from.given, written, name);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.reason, error.message, { ...place, ...error.details }, { cause: error });
  }
}

async function fromEntry(
  name: string | null,
  flags: ResourceFlags,
  entryName: string,
  prompts: Prompts | null,
): Promise<Wanted | null> {
  const entry = await shippedCatalogue().entry(entryName);
  const said = parseSettings(flags.set ?? []);
  const missing = prompts === null ? [] : missingParameters(entry, said);
  const told = prompts === null ? new Map() : await askParameters(missing, prompts);
  if (told === null) return null;
  const made = fromCatalogue(entry, new Map([...said, ...told]), writtenKeys(flags), name);
  return { resources: [{ ...made, layout: flags.layout ?? null }], asked: missing.length > 0 };
}

async function fromFlags(name: string | null, flags: ResourceFlags, prompts: Prompts | null): Promise<Wanted | null> {
  const { layout = null } = flags;
  const timed = flags.schedule !== undefined || flags.every !== undefined;
  const steps = flags.step === undefined ? (timed ? [] : null) : parseStepArguments(flags.step);
  const message = flags.message ?? null;
  if (name !== null && message !== null && steps !== null)
    return { resources: [{ name, layout, content: written(flags, message, steps) }], asked: false };
  if (prompts === null) {
    const missing = [name === null && 'NAME', message === null && '--message', steps === null && '--step or --from'];
    throw new Failure('usage', 'the flags do not say everything, and there is nobody to ask', {
      missing: missing.filter((part) => part !== false).join(', '),
    });
  }
  const asked = await askResource({ name, message, steps }, prompts, shippedCatalogue);
  switch (asked?.kind) {
    case undefined:
      return null;
    case 'written': {
      const content = written(flags, asked.message, asked.steps);
      return { resources: [{ name: asked.name, layout, content }], asked: true };
    }
    case 'entry': {
      const made = fromCatalogue(asked.entry, asked.given, writtenKeys(flags), asked.name);
      return { resources: [{ ...made, layout }], asked: true };
    }
    default:
      return asked satisfies never;
  }
}

function written(flags: ResourceFlags, message: string, steps: Steps): WantedResource['content'] {
  return { written: { ...writtenKeys(flags), message, extract: steps.length === 0 ? undefined : steps } };
}

/** The keys of resource.yaml that flags say; undefined where they do not. */
function writtenKeys(flags: ResourceFlags): Readonly<Record<string, unknown>> {
  const { message, tag: tags, schedule, every, timezone, accept, confirm } = flags;
  const count = confirm !== undefined && /^\d+$/.test(confirm) ? Number(confirm) : confirm;
  return { message, tags, schedule, every, timezone, accept, confirm: count };
}

async function readWhole(path: string, directory: string): Promise<Uint8Array> {
  const bytes = await readFileIfAny(resolve(directory, path), LARGEST_FILE);
  if (bytes === null) throw new Failure('not-found', 'there is no such file', { file: path });
  return bytes;
}
