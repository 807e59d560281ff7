// Runs the examples of the step reference: the blocks before an example are what the world gives, the example is the
// list of steps, the block after it is the value.
//
//   json|html|xml|text given=URL    a body that a web server answers there, typed by the language of the block
//   http given=URL                  the same with a status line and headers
//   text given=PATH                 a file beside the definition
//   text refs=URL                   what `git ls-remote URL` prints
//   yaml example [now=INSTANT]      the steps
//   text value                      what they give
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Observation } from '../../src/core/observation.ts';
import type { StepSpec } from '../../src/core/resource.ts';
import { extract } from '../../src/extract/extract.ts';
import { systemClock } from '../../src/system/clock.ts';
import type { HttpClient } from '../../src/system/http.ts';
import { createHttpClient } from '../../src/system/http-client.ts';
import { createProcesses } from '../../src/system/processes.ts';
import type { CodeBlock } from './markdown.ts';
import { stepContext } from './step-context.ts';

export interface Example {
  readonly given: readonly CodeBlock[];
  readonly steps: CodeBlock;
  readonly value: string;
}

/** The examples among the blocks of a document. Throws where one is not complete. */
export function examplesIn(blocks: readonly CodeBlock[]): readonly Example[] {
  const examples: Example[] = [];
  let given: CodeBlock[] = [];
  for (const [index, block] of blocks.entries()) {
    if (block.info.has('given') || block.info.has('refs')) given.push(block);
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
  const web = await startWeb(example.given);
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
        readFile: (path) => readFile(join(directory, path)),
        resolveSecrets: (text) => text,
      }),
    );
  } finally {
    await web.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** A server on loopback that answers for every host of the documentation, and a client that asks it instead of them. */
async function startWeb(given: readonly CodeBlock[]): Promise<{ readonly client: HttpClient; close(): Promise<void> }> {
  const pages = new Map(given.map((block) => [block.info.get('given'), block]));
  const server = createServer((request, response) => {
    const page = pages.get(decodeURIComponent(request.url?.slice(1) ?? ''));
    if (page === undefined) return response.writeHead(404).end();
    const [head, body] = page.language === 'http' ? splitHead(page.text) : [[], page.text];
    for (const line of head) response.setHeader(...headerOf(line));
    if (page.language !== 'http') response.setHeader('content-type', `${TYPES[page.language]}; charset=utf-8`);
    return response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createHttpClient({
    clock: systemClock,
    userAgent: 'spread-cron',
    privateAddresses: 'allow',
    env: {},
  });
  return {
    client: {
      request: (request, signal) =>
        client.request({ ...request, url: `${origin}/${encodeURIComponent(request.url)}` }, signal),
      close: client.close,
    },
    async close() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  html: 'text/html',
  xml: 'application/xml',
  text: 'text/plain',
};

/** Header lines and body of a response as it is written in a block. */
function splitHead(text: string): [string[], string] {
  const end = text.indexOf('\n\n');
  return [text.slice(0, end).split('\n').slice(1), text.slice(end + 2)];
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
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
