// What one agent remembers between rounds and processes: consecutive failures, sightings that await confirmation, when
// scheduled resources were last checked. Losing it loses no change: values and history are in git alone.
import * as z from 'zod';
import type { Sighting } from '../core/decide.ts';
import { describeFailure, toFailure } from '../core/failure.ts';
import type { ErrorReport, Failing } from '../core/health.ts';
import { readFileIfAny, writeFileAtomically } from '../system/files.ts';
import type { Log } from '../system/log.ts';

/** What is remembered of one resource; a resource of which nothing is worth remembering has no entry. */
export interface ResourceMemory {
  readonly failing: Failing | null;
  readonly pending: Sighting | null;
  /** Commit and fingerprint where other steps than those that recorded the commit were seen to give its value too. */
  readonly vouched: string | null;
  /** A new value that was seen but whose push did not succeed; the next round extracts afresh. */
  readonly unpushed: string | null;
  /** Milliseconds since the epoch; kept only for resources with a schedule of their own. */
  readonly checkedAt: number | null;
}

export interface Memory {
  /** True until something is remembered: a first round, or a machine that keeps nothing (CI). */
  isEmpty(): boolean;
  /** Id of this agent, drawn once. */
  readonly agentId: string;
  resource(name: string): ResourceMemory;
  remember(name: string, memory: ResourceMemory): void;
  /** Failures of the push or of the remote as a whole. */
  readonly remote: { get(): Failing | null; set(failing: Failing | null): void };
  /** Forgets resources that are gone. */
  keepOnly(names: ReadonlySet<string>): void;
  /** Writes what changed; nothing where nothing did. */
  save(): Promise<void>;
}

const NOTHING: ResourceMemory = { failing: null, pending: null, vouched: null, unpushed: null, checkedAt: null };

const failingSchema = z.object({
  since: z.number(),
  times: z.number(),
  lastError: z.custom<ErrorReport>((value) => typeof value === 'object' && value !== null && 'message' in value),
  told: z.boolean(),
});
const fileSchema = z.object({
  version: z.literal(1),
  agentId: z.string(),
  remote: failingSchema.nullable(),
  resources: z.record(
    z.string(),
    z.object({
      failing: failingSchema.nullable(),
      pending: z.object({ value: z.string(), times: z.number() }).nullable(),
      vouched: z.string().nullable().default(null),
      unpushed: z.string().nullable(),
      checkedAt: z.number().nullable(),
    }),
  ),
});

/** Opens the memory kept in a file. A damaged file is told and begun anew. `newId` draws the agent's id. */
export async function openMemory(path: string, log: Log, newId: () => string): Promise<Memory> {
  const bytes = await readFileIfAny(path);
  const kept = bytes === null ? null : parseMemory(bytes);
  if (bytes !== null && kept === null) log.warn(`warning: ${path} is damaged: failure counts begin anew`);
  const resources = new Map(Object.entries(kept?.resources ?? {}));
  const agentId = kept?.agentId ?? newId();
  let remote = kept?.remote ?? null;
  let dirty = kept === null;
  let empty = kept === null;

  return {
    isEmpty: () => empty,
    agentId,
    resource: (name) => resources.get(name) ?? NOTHING,
    remember(name, memory) {
      const before = resources.get(name) ?? NOTHING;
      if (same(before, memory)) return;
      if (same(memory, NOTHING)) resources.delete(name);
      else resources.set(name, memory);
      dirty = true;
    },
    remote: {
      get: () => remote,
      set(failing) {
        if (failing !== remote) dirty = true;
        remote = failing;
      },
    },
    keepOnly(names) {
      for (const name of resources.keys()) {
        if (!names.has(name)) dirty = resources.delete(name) || dirty;
      }
    },
    async save() {
      if (!dirty) return;
      empty = false;
      const text = JSON.stringify({ version: 1, agentId, remote, resources: Object.fromEntries(resources) });
      try {
        await writeFileAtomically(path, text, 0o600);
        dirty = false;
      } catch (error) {
        // losing it loses no change; the next round writes it again
        log.warn(`warning: what is remembered could not be written: ${describeFailure(toFailure(error))}`);
      }
    },
  };
}

/** The decorator for --dry-run: reads what is remembered and keeps nothing. */
export function dryMemory(memory: Memory): Memory {
  return {
    ...memory,
    remember: () => {},
    remote: { get: memory.remote.get, set: () => {} },
    keepOnly: () => {},
    save: async () => {},
  };
}

function parseMemory(bytes: Uint8Array): z.infer<typeof fileSchema> | null {
  let written: unknown;
  try {
    written = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  return fileSchema.safeParse(written).data ?? null;
}

function same(a: ResourceMemory, b: ResourceMemory): boolean {
  return (
    a.failing === b.failing &&
    a.checkedAt === b.checkedAt &&
    a.unpushed === b.unpushed &&
    a.vouched === b.vouched &&
    a.pending?.value === b.pending?.value &&
    a.pending?.times === b.pending?.times
  );
}
