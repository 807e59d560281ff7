// A stand-in for GitHub's REST API on loopback: knows the repositories, workflows and tokens that a test gives it, asks for
// the rights that GitHub documents, and keeps what it was told.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Told {
  readonly method: string;
  /** Below `/repos/OWNER/NAME`. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface GitHubStandIn {
  /** Base of its API. */
  readonly api: string;
  /** What was accepted, in order; requests that only read are not among them. */
  readonly told: Told[];
  /** Rights by token, such as `statuses: write`; `any` stands for every right. */
  readonly tokens: Map<string, readonly string[]>;
  /** State of each workflow by file name, such as `active` or `disabled_inactivity`. */
  readonly workflows: Map<string, string>;
  /** Files of workflows that can be dispatched; others are refused as GitHub does. */
  readonly dispatchable: Set<string>;
  /** The next requests get this answer instead. */
  answerNext(status: number, headers?: Readonly<Record<string, string>>, body?: string): void;
  /** Called when a workflow was dispatched, or an event. */
  onDispatch: ((told: Told) => void) | null;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startGitHub(
  repository: { readonly owner: string; readonly name: string; readonly private?: boolean } = {
    owner: 'team',
    name: 'resources',
  },
): Promise<GitHubStandIn> {
  const told: Told[] = [];
  const next: Answer[] = [];
  const tokens: GitHubStandIn['tokens'] = new Map();
  const workflows: GitHubStandIn['workflows'] = new Map();
  const dispatchable: GitHubStandIn['dispatchable'] = new Set();
  const state: Pick<GitHubStandIn, 'onDispatch'> = { onDispatch: null };

  function answer(request: IncomingMessage, text: string): Answer {
    const forced = next.shift();
    if (forced !== undefined) return forced;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const rights = token === undefined ? [] : tokens.get(token);
    if (rights === undefined) return { status: 401, body: { message: 'Bad credentials' } };
    const may = (right: string) => rights.includes(right) || rights.includes('any');
    const root = `/repos/${repository.owner}/${repository.name}`;
    const [path = ''] = (request.url ?? '').split('?');
    if (path !== root && !path.startsWith(`${root}/`)) return { status: 404, body: { message: 'Not Found' } };
    const below = path.slice(root.length);
    const forbidden = { status: 403, body: { message: 'Resource not accessible by integration' } };
    const keep = (status: number): Answer => {
      const one = { method: request.method ?? '', path: below, body: JSON.parse(text) as Told['body'] };
      told.push(one);
      if (below.endsWith('/dispatches')) state.onDispatch?.(one);
      return { status };
    };
    if (request.method === 'GET' && below === '') {
      return {
        status: 200,
        body: {
          default_branch: 'main',
          private: repository.private === true,
          ...(token === undefined ? {} : { permissions: { push: may('contents: write') } }),
        },
        headers: token?.startsWith('ghp_') === true ? { 'x-oauth-scopes': 'repo, workflow' } : {},
      };
    }
    if (request.method === 'GET' && below === '/actions/workflows') {
      const list = [...workflows].map(([file, one]) => ({ path: `.github/workflows/${file}`, state: one }));
      return { status: 200, body: { total_count: list.length, workflows: list } };
    }
    if (request.method !== 'POST') return { status: 404, body: { message: 'Not Found' } };
    if (/^\/statuses\/[0-9a-f]{40}$/.test(below)) return may('statuses: write') ? keep(201) : forbidden;
    if (below === '/dispatches') return may('contents: write') ? keep(204) : forbidden;
    const [, file = ''] = /^\/actions\/workflows\/([^/]+)\/dispatches$/.exec(below) ?? [];
    if (file === '' || !workflows.has(file)) return { status: 404, body: { message: 'Not Found' } };
    if (!may('actions: write')) return forbidden;
    if (dispatchable.has(file)) return keep(204);
    return { status: 422, body: { message: "Workflow does not have 'workflow_dispatch' trigger" } };
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, body, headers = {} } = answer(request, Buffer.concat(chunks).toString('utf8'));
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    api: `http://127.0.0.1:${port}`,
    told,
    tokens,
    workflows,
    dispatchable,
    answerNext: (status, headers, body) => next.push({ status, ...(headers && { headers }), ...(body && { body }) }),
    get onDispatch() {
      return state.onDispatch;
    },
    set onDispatch(callback) {
      state.onDispatch = callback;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
