// A real smart-HTTP git server for tests: `git http-backend` behind a Node server on a port of its own, with optional
// basic authentication, a record of the requests, and faults on demand.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface GitServer {
  /** Address of the directory that holds the repositories; a repository is `${url}/name.git`. */
  readonly url: string;
  readonly port: number;
  /** Every request since the start or the last `forget`, as `METHOD path?query`. */
  readonly requests: readonly string[];
  forget(): void;
  /** Done to the next requests, one each; see Fault. */
  fail(...faults: readonly Fault[]): void;
  /** Called before each request is handed to git; what it returns is waited for. */
  onRequest: ((request: IncomingMessage) => Promise<void> | void) | null;
  close(): Promise<void>;
}

export type Fault =
  /** Answers with this status and a line of text. */
  | { readonly kind: 'status'; readonly status: number; readonly match?: RegExp }
  /** Lets git do its work, then cuts the connection before the answer. */
  | { readonly kind: 'lose-answer'; readonly match?: RegExp }
  /** Cuts the connection before git sees anything. */
  | { readonly kind: 'cut'; readonly match?: RegExp }
  /** Sends only the first bytes of git's answer, then cuts. */
  | { readonly kind: 'truncate'; readonly bytes: number; readonly match?: RegExp };

export interface GitServerOptions {
  /** Asks for these credentials. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Answers as a server of before 2018: protocol version 0 only. */
  readonly protocol?: 'old' | 'new';
  /** Sends every request on to this address with 301, less the requests that come by it. */
  readonly redirectTo?: string;
  /** Serves https with this certificate and key, both PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Serves all repositories below a directory, for reading and pushing. */
export async function startGitServer(root: string, options: GitServerOptions = {}): Promise<GitServer> {
  const requests: string[] = [];
  const faults: Fault[] = [];
  const sockets = new Set<Socket>();
  const state: { onRequest: GitServer['onRequest'] } = { onRequest: null };
  const expected =
    options.login === undefined
      ? undefined
      : `Basic ${Buffer.from(`${options.login.username}:${options.login.password}`).toString('base64')}`;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    await state.onRequest?.(request);
    if (options.redirectTo !== undefined) {
      response.writeHead(301, { location: `${options.redirectTo}${request.url}` });
      response.end();
      return;
    }
    if (expected !== undefined && request.headers.authorization !== expected) {
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' });
      response.end();
      return;
    }
    const position = faults.findIndex(({ match }) => match === undefined || match.test(line));
    const fault = position < 0 ? undefined : faults.splice(position, 1)[0];
    if (fault?.kind === 'cut') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'status') {
      request.resume();
      response.writeHead(fault.status, { 'content-type': 'text/plain' });
      response.end(`the server says ${fault.status}\n`);
      return;
    }
    const answer = await runBackend(root, request, options.protocol ?? 'new');
    if (fault?.kind === 'lose-answer') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
    if (fault?.kind === 'truncate') {
      response.write(answer.body.subarray(0, fault.bytes), () => request.socket.destroy());
      return;
    }
    response.end(answer.body);
  };

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    forget: () => {
      requests.length = 0;
    },
    fail: (...more) => {
      faults.push(...more);
    },
    get onRequest() {
      return state.onRequest;
    },
    set onRequest(act) {
      state.onRequest = act;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** One request through the CGI program that git brings. */
async function runBackend(root: string, request: IncomingMessage, protocol: 'old' | 'new'): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: protocol === 'old' ? '' : String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'tester',
      REMOTE_ADDR: '127.0.0.1',
      // Lets the backend accept pushes without a setting in every repository.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.receivepack',
      GIT_CONFIG_VALUE_0: 'true',
      ...(request.headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: request.headers['content-length'] }),
    },
  });
  backend.stdin.on('error', () => {});
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  for await (const chunk of backend.stdout) chunks.push(chunk as Buffer);
  const output = Buffer.concat(chunks);
  const end = output.indexOf('\r\n\r\n');
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of output.toString('latin1', 0, Math.max(end, 0)).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers, body: output.subarray(end + 4) };
}
