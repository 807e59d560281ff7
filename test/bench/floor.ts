// The floor, in a process of its own: the same requests and git objects as a round needs, with nothing around them. One
// ref listing, N pages over kept connections (or N commands in plain shells), and where everything changed one push of N
// prepared commits.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { git, PLAIN_GIT } from '../support/synthetic-repository.ts';
import { plainMessage, plainValue } from '../support/synthetic-resources.ts';
import { serve } from './child.ts';
import type { RoundFigures } from './contender.ts';
import { countAccepted, countListed, listingRequest, type PreparedPush, preparePush, type Tip } from './git-wire.ts';

interface Setting {
  /** Where the origin is on this machine. */
  readonly directory: string;
  /** What a contender would be given: an http URL, or the directory again. */
  readonly remote: string;
  readonly web: string;
  /** The directory of the files that shell extractors read; null where the values come from the web. */
  readonly values: string | null;
  readonly count: number;
}

// 1, 4, 16 and 64 connections came out alike: one thread answers.
const dispatcher = new Agent({ connections: 16, pipelining: 1, keepAliveTimeout: 600_000 });
const run = promisify(execFile);

let setting: Setting | undefined;
let prepared: PreparedPush | undefined;
let known: readonly string[] = [];

serve({
  open: (given: Setting) => {
    setting = given;
  },
  /** Makes the objects for a round in which every value changes to those of a generation. */
  prepare: async (generation: number) => {
    const tips = await readTips(opened());
    prepared = preparePush(tips, (ref) => {
      const index = Number(/item-(\d+)-/.exec(ref)?.[1]);
      return `${plainMessage(index)} (${plainValue(index, generation)})`;
    });
  },
  round: async (): Promise<RoundFigures> => {
    const start = performance.now();
    const cpu = process.cpuUsage();
    const changed = await round(opened());
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - start, cpuMs: (user + system) / 1000, changed, rss: process.memoryUsage.rss() };
  },
});

function opened(): Setting {
  if (setting === undefined) throw new Error('open comes first');
  return setting;
}

async function round(given: Setting): Promise<number> {
  const [listed, values] = await Promise.all([
    list(given),
    given.values === null ? readPages(given) : readFiles(given, given.values),
  ]);
  if (listed !== given.count + 1) throw new Error(`the listing has ${listed} branches instead of ${given.count + 1}`);
  const changed = values.some((value, index) => value !== (known[index] ?? value));
  known = values;
  if (!changed || prepared === undefined) return 0;
  const { body } = prepared;
  prepared = undefined;
  return countAccepted(await push(given, body));
}

function readPages({ web, count }: Setting): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { body } = await request(`${web}/value/${index}`, { dispatcher });
      return ((await body.json()) as { readonly value: string }).value;
    }),
  );
}

/**
 * The extractors' one command each, in as many shells as there are processors. `--norc`: a shell whose stdin is a socket,
 * which Node's pipes are, takes itself for a remote one and reads the user's settings.
 */
async function readFiles({ count }: Setting, directory: string): Promise<readonly string[]> {
  const shells = availableParallelism();
  const share = Math.ceil(count / shells);
  const script = `for ((i = $1; i < $2; i++)); do value=$(cat "$3/$i"); echo "$value"; done`;
  const outputs = await Promise.all(
    Array.from({ length: shells }, (_, shell) => {
      const bounds = [shell * share, Math.min(count, (shell + 1) * share)].map(String);
      return run('bash', ['--norc', '-c', script, 'bash', ...bounds, directory], { env: PLAIN_GIT });
    }),
  );
  const values = outputs.flatMap(({ stdout }) => stdout.trimEnd().split('\n'));
  if (values.length !== count) throw new Error(`the shells gave ${values.length} values instead of ${count}`);
  return values;
}

async function list({ remote, directory }: Setting): Promise<number> {
  if (remote === directory) {
    const command = ['upload-pack', '--http-backend-info-refs', directory];
    const { stdout } = await run('git', command, { env: PLAIN_GIT, encoding: 'buffer', maxBuffer: 1e9 });
    return countListed(stdout);
  }
  const { body } = await request(`${remote}/git-upload-pack`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/x-git-upload-pack-request', 'git-protocol': 'version=2' },
    body: listingRequest(),
  });
  return countListed(Buffer.from(await body.arrayBuffer()));
}

async function push({ remote, directory }: Setting, body: Buffer): Promise<Buffer> {
  if (remote === directory) {
    const command = ['receive-pack', '--stateless-rpc', directory];
    const running = run('git', command, { env: PLAIN_GIT, encoding: 'buffer', maxBuffer: 1e9 });
    running.child.stdin?.end(body);
    return (await running).stdout;
  }
  const answer = await request(`${remote}/git-receive-pack`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/x-git-receive-pack-request' },
    body,
    headersTimeout: 600_000,
  });
  return Buffer.from(await answer.body.arrayBuffer());
}

async function readTips({ directory }: Setting): Promise<readonly Tip[]> {
  const listing = await git(directory, ['for-each-ref', '--format=%(refname) %(objectname) %(tree)', 'refs/heads']);
  return listing
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([ref = '', oid = '', tree = '']) => ({ ref, oid, tree }))
    .filter(({ ref }) => ref !== 'refs/heads/main');
}
