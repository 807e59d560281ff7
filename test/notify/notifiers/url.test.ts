import { afterAll, beforeAll, expect, it } from 'vitest';
import { url } from '../../../src/notify/notifiers/url.ts';
import { describeNotifier, EVENT, notifyContext } from '../../contract/notifier.ts';
import { startWebServer, type WebServer } from '../../support/web.ts';

let web: WebServer;
const arrived: unknown[] = [];

beforeAll(async () => {
  web = await startWebServer();
  web.on('/events', (response, request) => {
    arrived.push(JSON.parse(request.body));
    response.writeHead(204).end();
  });
  web.reply('/refuses', 403, {}, 'no');
  web.on('/silent', () => {});
  web.reply('/sesame', 200);
});
afterAll(() => web.close());

describeNotifier('url', url, () => ({
  target: `${web.url}/events`,
  arrived: () => arrived,
  refusing: `${web.url}/refuses`,
  silent: `${web.url}/silent`,
}));

it('posts JSON, with secrets of the path filled in', async () => {
  await url.deliver(`${web.url}/\${secret:TOKEN}`, EVENT, notifyContext(), new AbortController().signal);
  expect(web.count('/sesame')).toBe(1);
  expect(web.seen.at(-1)).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
});
