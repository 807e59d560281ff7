// The documentation is executed: definitions are read by the real parser, steps are carried out against what their
// example gives, and tables name exactly what the program has.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { CheckOutcome } from '../src/core/outcome.ts';
import { parseAgentConfig } from '../src/definition/agent-config.ts';
import { parseClassicFile } from '../src/definition/classic/classic-file.ts';
import { parseRepositoryConfig, settingsFor } from '../src/definition/repository-config.ts';
import { parseResourceFile, trustLayers } from '../src/definition/resource-file.ts';
import type { Vocabulary } from '../src/definition/vocabulary.ts';
import { writtenResource } from '../src/definition/written-resource.ts';
import { writtenRun } from '../src/definition/written-run.ts';
import { stepTypes } from '../src/extract/registry.ts';
import { type Event, eventsOfOutcome } from '../src/notify/event.ts';
import { NOTIFIERS } from '../src/notify/registry.ts';
import { checkCron } from '../src/schedule/cron.ts';
import { createProcesses } from '../src/system/process/processes.ts';
import { type Example, examplesIn, runExample } from './support/documented-example.ts';
import { startDocumentedWeb } from './support/documented-web.ts';
import { codeBlocks, sectionOf, tableRows } from './support/markdown.ts';
import { everyVariable } from './support/run-plans.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = [
  'README.md',
  'resources/README.md',
  'custom/README.md',
  'snap/README.md',
  'test/README.md',
  '.github/ARCHITECTURE.md',
  '.github/CONTRIBUTING.md',
];
const pages = await Promise.all(PAGES.map(async (path) => ({ path, text: await readFile(join(ROOT, path), 'utf8') })));
const pageOf = (path: string) => pages.find((page) => page.path === path)?.text ?? '';
const reference = pageOf('resources/README.md');

const vocabulary: Vocabulary = {
  steps: stepTypes,
  checkSchedule: async ({ expression, name }) => checkCron(expression, name),
  checkTimezone: () => null,
  checkPattern: () => null,
};

/** A definition that must be right. */
async function readDefinition(text: string) {
  const parsed = await parseResourceFile({
    file: 'resource.yaml',
    bytes: new TextEncoder().encode(text),
    vocabulary,
    name: 'example',
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 1));
  return parsed.value;
}

/** What the steps of an example give, read as a definition has them. */
async function observationOf(example: Example) {
  const indented = example.steps.text.replace(/^(?=.)/gm, '  ');
  const { extraction } = await readDefinition(`message: Example\nextract:\n${indented}`);
  if (extraction.kind !== 'steps') throw new Error('an example without steps');
  return runExample(example, extraction.steps);
}

/** The words in the first column of a table, without their marks. */
const firstColumn = (markdown: string, heading: string) =>
  tableRows(markdown, heading).map(([cell]) => cell?.replaceAll('`', ''));

/** Keys of the written form of a schema. */
function keysOf(schema: z.ZodType): readonly string[] {
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.keys(properties ?? {});
}

describe('the reference of definitions', () => {
  const definitions = codeBlocks(reference).filter(({ info }) => info.has('resource.yaml'));

  it('shows definitions', () => {
    expect(definitions.length).toBeGreaterThan(0);
  });

  it.each(definitions)('shows a definition at line $line that is right', async ({ text }) => {
    expect((await readDefinition(text)).message).not.toBe('');
  });

  const shared = codeBlocks(reference).filter(({ info }) => info.has('spread-cron.yaml'));

  it.each(shared)('shows a spread-cron.yaml at line $line that is right', async ({ text }) => {
    const config = await parseRepositoryConfig(new TextEncoder().encode(text));
    expect(config.problems).toEqual([]);
    for (const [name, { layer }] of config.expanded) {
      const read = await trustLayers([...settingsFor(config, { name, tags: null }).layers, layer], {
        vocabulary,
        name,
      });
      expect(read.ok ? [] : read.problems).toEqual([]);
    }
    expect([...config.expanded.keys()]).not.toEqual([]);
  });

  const classic = codeBlocks(reference).filter(({ info }) => info.has('options'));

  it.each(classic)('shows a classic definition at line $line that is right', ({ text }) => {
    const read = parseClassicFile({ name: 'options', file: 'options', bytes: new TextEncoder().encode(text) });
    expect(read).toMatchObject({
      ok: true,
      value: { layer: { data: { message: 'New core22 snap in edge' } }, manual: false },
    });
  });

  it('shows each kind of definition', () => {
    expect([shared.length, classic.length]).toEqual([1, 1]);
  });

  it('lists exactly the keys that a definition can have', () => {
    expect(firstColumn(reference, 'Keys').sort()).toEqual([...keysOf(writtenResource)].sort());
  });
});

describe('the reference of runs', () => {
  const runs = writtenRun.shape;
  const options = (schema: z.ZodType) => [...keysOf(schema)].sort();

  it.each([
    ['the keys of run', 'Keys of `run`', writtenRun],
    ['the keys of a target', 'Target', runs.target.unwrap()],
    ['the keys of a task', 'Tasks', runs.tasks.unwrap().valueType],
  ])('lists exactly %s', (_, heading, schema) => {
    expect(firstColumn(reference, heading).sort()).toEqual(options(schema));
  });

  it('lists every variable that a task sees, less the usual ones', () => {
    const listed = tableRows(reference, 'Environment of a task').flatMap(
      ([cell]) => cell?.match(/[A-Z][A-Z_]+/g) ?? [],
    );
    const seen = Object.keys(everyVariable())
      .filter((name) => !/^SC_PREVIOUS_(?!VALUE)|^GITHUB_/.test(name))
      .sort();
    expect(listed.filter((name) => !/^SC_PREVIOUS_(?!VALUE)/.test(name)).sort()).toEqual(seen);
  });
});

describe.each(Object.entries(stepTypes))('the reference of step %s', (kind, type) => {
  const section = sectionOf(reference, `\`${kind}\``);
  const examples = examplesIn(codeBlocks(section));

  it('stands among its like', () => {
    const family = sectionOf(reference, type.role === 'source' ? 'Sources' : 'Filters');
    expect(family).toContain(`\n### \`${kind}\`\n`);
  });

  it('lists exactly the options that the step has, the main one first', () => {
    const listed = firstColumn(reference, `\`${kind}\``);
    expect(listed[0]).toBe(kind);
    expect([...listed].sort()).toEqual([...keysOf(type.schema)].sort());
  });

  it('has an example that uses it', () => {
    expect(examples.some(({ steps }) => new RegExp(`^- (.*\\n  )*${kind}:`, 'm').test(steps.text))).toBe(true);
  });

  it.each(examples)('has an example that gives $value', async (example) => {
    expect(await observationOf(example)).toMatchObject({ kind: 'value', value: example.value });
  });
});

describe('the recipes', () => {
  const examples = examplesIn(codeBlocks(sectionOf(reference, 'Recipes')));

  it.each(examples)('of $steps.heading gives $value', async (example) => {
    expect(await observationOf(example)).toMatchObject({ kind: 'value', value: example.value });
  });

  it('is one for each heading', () => {
    const headings = [...sectionOf(reference, 'Recipes').matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    expect(examples.map(({ steps }) => steps.heading)).toEqual(headings);
  });
});

describe('the reference of on_event', () => {
  const event = JSON.parse(codeBlocks(reference).find(({ info }) => info.has('event'))?.text ?? '{}') as Event;

  it('shows an event with every field that events have', () => {
    const outcome: CheckOutcome = {
      resource: event.resource ?? '',
      branch: event.branch ?? '',
      outcome: 'changed',
      message: event.message,
      value: event.value,
      previous: event.previous,
      commit: event.commit,
      pushed: true,
      error: null,
      failing_since: null,
      duration_ms: 1,
    };
    expect(eventsOfOutcome(outcome, event.repository, Date.parse(event.at))).toEqual([event]);
  });

  it.each(Object.entries(NOTIFIERS))('shows how %s is told, which works', async (kind, notifier) => {
    const [block] = codeBlocks(sectionOf(reference, `\`${kind}\``)).filter(({ info }) => info.has('agent.yaml'));
    const { config } = await readAgentConfiguration(block?.text ?? '');
    const subscription = config.onEvent.find((one) => one.kind === kind);
    const home = await mkdtemp(join(tmpdir(), 'spread-cron-docs-'));
    const web = await startDocumentedWeb([]);
    try {
      await notifier.deliver(
        subscription?.target ?? '',
        event,
        {
          http: web.client,
          processes: createProcesses(),
          environment: { PATH: process.env.PATH ?? '', HOME: home },
          resolveSecrets: (text) => text,
        },
        new AbortController().signal,
      );
      const files = await Promise.all((await readdir(home)).map((name) => readFile(join(home, name), 'utf8')));
      const [arrived] = [...files, ...web.posted.values()];
      expect(JSON.parse(arrived ?? '')).toEqual(event);
    } finally {
      await web.close();
      await rm(home, { recursive: true });
    }
  });
});

describe('the actions for workflows', () => {
  it.each(['check', 'run'])('%s: exactly the inputs and outputs that it has', async (name) => {
    const action = parse(await readFile(join(ROOT, '.github/actions', name, 'action.yml'), 'utf8')) as {
      readonly inputs: object;
      readonly outputs: object;
    };
    const rows = tableRows(pageOf('custom/README.md'), 'GitHub Actions');
    const [, inputs = '', outputs = ''] = rows.find(([action]) => action === `\`${name}\``) ?? [];
    const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word).sort();
    expect(named(inputs)).toEqual(Object.keys(action.inputs).sort());
    expect(named(outputs)).toEqual(Object.keys(action.outputs).sort());
  });
});

describe('the reference of the agent', () => {
  const shown = pages.flatMap(({ path, text }) =>
    codeBlocks(text)
      .filter(({ info }) => info.has('agent.yaml'))
      .map((block) => ({ path, ...block })),
  );

  it.each(shown)('shows a configuration at $path:$line that is right', async ({ text }) => {
    expect((await readAgentConfiguration(text)).shown.some(({ origin }) => origin.startsWith('agent.yaml'))).toBe(true);
  });

  it('lists exactly the keys that there are, with their defaults', async () => {
    const { shown: keys } = await readAgentConfiguration('{}');
    const listed = tableRows(pageOf('snap/README.md'), 'Configuration').map(([key, value]) => [
      key?.replaceAll('`', ''),
      value?.replaceAll('`', ''),
    ]);
    const expected = keys.map(({ key, value }) => [key, key === 'limits.shells' ? '2 × cores' : shownDefault(value)]);
    expect(listed).toEqual(expected);
  });
});

/** A default as the table shows it. */
function shownDefault(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function readAgentConfiguration(text: string) {
  const parsed = await parseAgentConfig({
    file: { path: 'agent.yaml', bytes: new TextEncoder().encode(text) },
    environment: {},
    flags: {},
    machine: { processors: 4 },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 1));
  return parsed.value;
}

describe.each(pages)('$path', ({ path, text }) => {
  it('shows no YAML that nothing checks', () => {
    const marks = [
      'example',
      'resource.yaml',
      'spread-cron.yaml',
      'agent.yaml',
      'workflow',
      // see test/catalogue/catalogue-page.test.ts
      'entry.yaml',
      'batch',
    ];
    const unchecked = codeBlocks(text).filter(
      ({ language, info }) => language === 'yaml' && !marks.some((mark) => info.has(mark)),
    );
    expect(unchecked.map(({ line }) => `${path}:${line}`)).toEqual([]);
  });

  it('links only to what is there', () => {
    const slugs = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slugOf(heading ?? ''));
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^https?:/.test(target))
      .filter((target) =>
        target.startsWith('#')
          ? !slugs.includes(target.slice(1))
          : !existsSync(join(ROOT, dirname(path), target.replace(/#.*/, ''))),
      );
    expect(broken).toEqual([]);
  });
});

/** The anchor that a forge makes of a heading. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}
