// What `add-resource` is asked to make: resources as flags, a file, a batch, the catalogue or a conversation say.
import { resolve } from 'node:path';
import { Failure } from '../core/failure.ts';
import type { Layout } from '../core/resource.ts';
import { parseStepArguments } from '../definition/step-argument.ts';
import type { ResourceRequest } from '../pipeline/make/prepare.ts';
import { kindOfFile } from '../pipeline/show/definition-file.ts';
import { readFileIfAny } from '../system/files.ts';
import { askResource } from './ask-resource.ts';
import { readBatch } from './batch-file.ts';
import type { Prompts } from './tools.ts';

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
  readonly layout?: Layout | undefined;
}

/** A resource as it was asked for: a file as it is, or the keys of one that is to be written. */
export interface WantedResource {
  readonly name: string;
  readonly layout: Layout | null;
  readonly content: ResourceRequest['file'] | { readonly written: Readonly<Record<string, unknown>> };
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
  if (flags.batch !== undefined) {
    if (name !== undefined) throw new Failure('usage', 'a batch has its own names: leave NAME out', { name });
    const entries = await readBatch(flags.batch, await readWhole(flags.batch, directory));
    const resources = entries.map(({ name, layout, written }) => ({
      name,
      layout: flags.layout ?? layout,
      content: { written },
    }));
    return { resources, asked: false };
  }
  if (flags.file !== undefined) {
    if (name === undefined)
      throw new Failure('usage', 'say what the resource is called: add-resource NAME --file FILE');
    const content = { name: kindOfFile(flags.file), content: await readWhole(flags.file, directory) };
    return { resources: [{ name, layout: flags.layout ?? null, content }], asked: false };
  }
  return fromFlags(name, flags, prompts);
}

async function fromFlags(
  name: string | undefined,
  flags: ResourceFlags,
  prompts: Prompts | null,
): Promise<Wanted | null> {
  const timed = flags.schedule !== undefined || flags.every !== undefined;
  const steps = flags.step === undefined ? (timed ? [] : null) : parseStepArguments(flags.step);
  const message = flags.message ?? null;
  const complete = name !== undefined && message !== null && steps !== null;
  if (!complete && prompts === null) {
    const missing = [name === undefined && 'NAME', message === null && '--message', steps === null && '--step'];
    throw new Failure('usage', 'the flags do not say everything, and there is nobody to ask', {
      missing: missing.filter((part) => part !== false).join(', '),
    });
  }
  const asked =
    complete || prompts === null
      ? { name: name ?? '', message: message ?? '', steps: steps ?? [] }
      : await askResource({ name: name ?? null, message, steps }, prompts);
  if (asked === null) return null;
  const extract = asked.steps.length === 0 ? undefined : asked.steps;
  const content = { written: { ...writtenKeys(flags), message: asked.message, extract } };
  return { resources: [{ name: asked.name, layout: flags.layout ?? null, content }], asked: !complete };
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
