// An HTTP proxy on loopback: forwards plain requests through a handler and tunnels the rest to one port.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface Proxy {
  readonly url: string;
  /** What was asked: `GET http://…` or `CONNECT host:port`, with the Proxy-Authorization header. */
  readonly seen: readonly { readonly line: string; readonly authorization: string | undefined }[];
  close(): Promise<void>;
}

/** `forward` answers plain requests; tunnels end at `tunnelPort`, or are refused with 403 where there is none. */
export async function startProxy(options: {
  readonly forward?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly tunnelPort?: number;
}): Promise<Proxy> {
  const seen: { line: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const note = (request: IncomingMessage) =>
    seen.push({
      line: `${request.method} ${request.url}`,
      authorization: request.headers['proxy-authorization'],
    });
  const server = createServer((request, response) => {
    note(request);
    if (options.forward === undefined) response.writeHead(502).end();
    else options.forward(request, response);
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, client: Socket) => {
    note(request);
    client.on('error', () => {});
    if (options.tunnelPort === undefined) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const upstream = connect(options.tunnelPort, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.on('error', () => client.destroy());
    sockets.add(upstream);
    upstream.pipe(client).pipe(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
