// A web server on loopback that a test drives: it says what each path answers, sees what was asked, and decides when a
// delayed answer goes out.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What the server was asked, in order. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** A number for each connection, to tell kept ones. */
  readonly connection: number;
}

/** `count` is 1 for the first request of the path. */
export type Handler = (response: ServerResponse, request: SeenRequest, count: number) => void;

export interface WebServer {
  /** Such as `http://127.0.0.1:1234`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
  /** What a path (without query) answers; other paths answer 404. */
  on(path: string, handler: Handler): void;
  /** The same, with a fixed answer. */
  reply(path: string, status: number, headers?: Record<string, string>, body?: string | Uint8Array): void;
  /** Requests that were seen for a path (without query). */
  count(path: string): number;
  /** Forgets handlers and what was seen. */
  reset(): void;
  close(): Promise<void>;
}

/** `name` is what the URL calls the host, which is 127.0.0.1. */
export async function startWebServer(
  options: { readonly tls?: { readonly key: string; readonly cert: string }; readonly name?: string } = {},
): Promise<WebServer> {
  const handlers = new Map<string, Handler>();
  const seen: SeenRequest[] = [];
  const connections = new Map<Socket, number>();

  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A client that gives up in the middle of its request has none.
    incoming.on('end', () => {
      const request: SeenRequest = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        connection: connections.get(incoming.socket) ?? 0,
      };
      seen.push(request);
      const path = pathOf(request);
      const handler = handlers.get(path);
      if (handler === undefined) response.writeHead(404).end('no such page');
      else handler(response, request, countOf(path));
    });
  };
  const countOf = (path: string) => seen.filter((request) => pathOf(request) === path).length;
  const server: Server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections.set(socket, connections.size + 1);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const scheme = options.tls === undefined ? 'http' : 'https';

  return {
    url: `${scheme}://${options.name ?? '127.0.0.1'}:${port}`,
    port,
    seen,
    on: (path, handler) => void handlers.set(path, handler),
    reply: (path, status, headers = {}, body = '') =>
      void handlers.set(path, (response) => response.writeHead(status, headers).end(body)),
    count: countOf,
    reset() {
      handlers.clear();
      seen.length = 0;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The port of a server that is gone: connections to it are refused. */
export async function refusedPort(): Promise<number> {
  const server = await startWebServer();
  await server.close();
  return server.port;
}

function pathOf(request: SeenRequest): string {
  return request.path.replace(/\?.*$/s, '');
}
