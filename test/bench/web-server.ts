// The web of the benchmark, in a process of its own: `/value/<n>` is a small JSON document that changes for every n at
// once. It sends no validators, so that every contender fetches the same bytes each round.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { plainValue } from '../support/synthetic-resources.ts';
import { serve } from './child.ts';

let generation = 0;
let requests = 0;

const server = createServer((request, response) => {
  const match = /^\/value\/(\d+)$/.exec(request.url ?? '');
  if (match === null) {
    response.writeHead(404).end();
    return;
  }
  requests += 1;
  const index = Number(match[1]);
  const body = JSON.stringify({ name: `item-${index}`, channel: 'beta', value: plainValue(index, generation) });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
});
// Connections are kept for as long as the benchmark lasts: opening them anew is not what is measured.
server.keepAliveTimeout = 0;

serve({
  /** Starts to listen; gives the address. */
  listen: async (): Promise<string> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  /** Changes every value. */
  setGeneration: (next: number) => {
    generation = next;
  },
  /** Number of pages served since the last time it was asked. */
  takeCount: (): number => {
    const count = requests;
    requests = 0;
    return count;
  },
});
