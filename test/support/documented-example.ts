// Runs the examples of the step reference: the blocks before an example are what the world gives, the example is the
// list of steps, the block after it is the value.
//
//   json|html|xml|text given=URL    a body that a web server answers there, typed by the language of the block
//   http given=URL                  the same with a status line and headers
//   http anonymous=URL              what is answered there before it is shown a login or a token
//   text given=PATH                 a file beside the definition
//   text refs=URL                   what `git ls-remote URL` prints
//   text certificate=HOST           the dates of the certificate that a host shows, as openssl prints them
//   text records=NAME [type=TYPE]   what `dig +short NAME TYPE` prints
//   text results=NAME               changes of a resource, newest first: value, status of its run, id of the run
//   yaml example [now=INSTANT]      the steps
//   text value                      what they give
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Observation } from '../../src/core/observation.ts';
import type { StepSpec } from '../../src/core/resource.ts';
import type { ResultStatus } from '../../src/core/result.ts';
import { extract } from '../../src/extract/extract.ts';
import type { ChangeResults } from '../../src/extract/step.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createProcesses } from '../../src/system/process/processes.ts';
import { startDocumentedNetwork } from './documented-network.ts';
import { startDocumentedWeb } from './documented-web.ts';
import type { CodeBlock } from './markdown.ts';
import { stepContext } from './step-context.ts';

export interface Example {
  readonly given: readonly CodeBlock[];
  readonly steps: CodeBlock;
  readonly value: string;
}

/** What blocks before an example give. */
const GIVEN = ['given', 'anonymous', 'refs', 'certificate', 'records', 'results'];

/** The examples among the blocks of a document. Throws where one is not complete. */
export function examplesIn(blocks: readonly CodeBlock[]): readonly Example[] {
  const examples: Example[] = [];
  let given: CodeBlock[] = [];
  for (const [index, block] of blocks.entries()) {
    if (GIVEN.some((mark) => block.info.has(mark))) given.push(block);
    if (!block.info.has('example')) continue;
    const after = blocks[index + 1];
    if (after?.info.has('value') !== true) throw new Error(`the example of line ${block.line} has no value`);
    examples.push({ given, steps: block, value: after.text.replace(/\n$/, '') });
    given = [];
  }
  if (given.length > 0) throw new Error(`line ${given[0]?.line} gives something that no example takes`);
  return examples;
}

/** Carries the steps out against what the example gives, each through the program's own doors. */
export async function runExample(example: Example, steps: readonly StepSpec[]): Promise<Observation> {
  const directory = await mkdtemp(join(tmpdir(), 'spread-cron-example-'));
  const web = await startDocumentedWeb(example.given);
  const network = await startDocumentedNetwork(example.given);
  const processes = createProcesses();
  const now = example.steps.info.get('now');
  try {
    for (const { info, text } of example.given) {
      const path = info.get('given');
      if (path === undefined || isUrl(path)) continue;
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    return await extract(
      { steps, accept: null, valueLimit: 200, digest: false },
      stepContext({
        ...(now === undefined ? {} : { clock: { ...systemClock, now: () => Date.parse(now) } }),
        http: web.client,
        shell: {
          run: ({ script }, signal) =>
            processes.run(
              { file: 'bash', args: ['-c', script], cwd: directory, env: { PATH: process.env.PATH ?? '' } },
              signal,
            ),
        },
        gitRefs: async (url) => refsOf(example.given, url),
        certificate: network.certificate,
        dns: network.dns,
        results: async (name) => changesOf(example.given, name),
        readFile: (path) => readFile(join(directory, path)),
        resolveSecrets: (text) => text,
      }),
    );
  } finally {
    await Promise.all([web.close(), network.close()]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function* changesOf(given: readonly CodeBlock[], name: string): AsyncIterable<ChangeResults> {
  const block = given.find(({ info }) => info.get('results') === name);
  for (const line of block?.text.trimEnd().split('\n') ?? []) {
    const [value = '', status, run = ''] = line.split(/\s+/);
    const results = status === undefined ? [] : [{ run, attempt: 1, status: status as ResultStatus }];
    yield { commit: value.padStart(40, '0'), value, results };
  }
}

function refsOf(given: readonly CodeBlock[], url: string): { name: string; oid: string }[] {
  const listing =
    given
      .find(({ info }) => info.get('refs') === url)
      ?.text.trimEnd()
      .split('\n') ?? [];
  return listing.map((line) => {
    const [oid = '', name = ''] = line.split('\t');
    return { name, oid };
  });
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}
