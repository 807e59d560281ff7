// Reads what begins a workflow of GitHub Actions from its file. Everything else in it is not ours to judge.
import * as z from 'zod';
import type { PushFilter, Workflow } from '../core/workflow.ts';
import { isMap } from './layers.ts';
import type { Parsed } from './problem.ts';
import { parseYaml } from './yaml-file.ts';

/** One text or a list of them. */
const texts = z.union([z.string().transform((text): readonly string[] => [text]), z.array(z.string())]);

/** Filters of any form that is none of GitHub's count as absent: its own words about them are better than ours. */
const writtenPush = z.object({
  branches: texts.nullish().catch(null),
  'branches-ignore': texts.nullish().catch(null),
  tags: z.unknown().optional(),
  'tags-ignore': z.unknown().optional(),
  paths: z.unknown().optional(),
  'paths-ignore': z.unknown().optional(),
});

const schedules = z.array(z.object({ cron: z.string() })).catch([]);

/** The problems are those of YAML. A file without `on` begins nothing. */
export async function parseWorkflow(path: string, bytes: Uint8Array): Promise<Parsed<Workflow>> {
  const parsed = await parseYaml(path, bytes);
  if (!parsed.ok) return parsed;
  const events = eventsOf(isMap(parsed.value.data) ? parsed.value.data.on : undefined);
  return {
    ok: true,
    value: {
      path,
      push: events.has('push') ? pushFilter(events.get('push')) : null,
      inputs: events.has('workflow_dispatch') ? inputsOf(events.get('workflow_dispatch')) : null,
      events: events.has('repository_dispatch') ? typesOf(events.get('repository_dispatch')) : null,
      schedules: schedules.parse(events.get('schedule') ?? []).map(({ cron }) => cron),
    },
  };
}

/** `on` as it may be written: a word, a list of words, or a map. */
function eventsOf(written: unknown): ReadonlyMap<string, unknown> {
  if (typeof written === 'string') return new Map([[written, null]]);
  if (Array.isArray(written)) return new Map(written.map((event) => [String(event), null]));
  return new Map(isMap(written) ? Object.entries(written) : []);
}

function pushFilter(written: unknown): PushFilter {
  const read = writtenPush.parse(isMap(written) ? written : {});
  const branches = read.branches ?? null;
  const branchesIgnore = read['branches-ignore'] ?? null;
  const byTags = read.tags !== undefined || read['tags-ignore'] !== undefined;
  return {
    branches,
    branchesIgnore,
    tagsOnly: byTags && branches === null && branchesIgnore === null,
    byPaths: read.paths !== undefined || read['paths-ignore'] !== undefined,
  };
}

function inputsOf(written: unknown): readonly string[] {
  return isMap(written) && isMap(written.inputs) ? Object.keys(written.inputs) : [];
}

function typesOf(written: unknown): readonly string[] {
  const read = isMap(written) ? texts.safeParse(written.types) : null;
  return read?.success === true ? read.data : [];
}
