// The git server of the benchmark, in a process of its own: smart HTTP over `git http-backend`, nothing before it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PLAIN_GIT } from '../support/synthetic-repository.ts';
import { serve } from './child.ts';

const server = createServer();
server.keepAliveTimeout = 0;

serve({
  /** Serves the bare repositories in a directory; gives the address. */
  listen: async (directory: string): Promise<string> => {
    server.on('request', (request, response) => answer(directory, request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});

function answer(directory: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const header = (name: string): string => String(request.headers[name] ?? '');
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...PLAIN_GIT,
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header('git-protocol'),
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: header('content-length'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      REMOTE_USER: 'bench',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  // The backend may end before it has read everything, which is then its answer.
  request.pipe(backend.stdin).on('error', () => undefined);
  let head = Buffer.alloc(0);
  backend.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const fields = head
      .subarray(0, end)
      .toString('latin1')
      .split('\r\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const status = fields.find(([name]) => name.toLowerCase() === 'status')?.[1];
    for (const [name, value] of fields) if (name.toLowerCase() !== 'status') response.setHeader(name, value);
    response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10));
    response.write(head.subarray(end + 4));
  });
  backend.on('close', () => response.end());
}
