import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { http } from '../../../src/extract/sources/http.ts';
import type { StepContext } from '../../../src/extract/step.ts';
import { textOf } from '../../../src/extract/text-of.ts';
import { describeStep, documentOf, failureOf, runStep } from '../../contract/step.ts';
import { httpClient } from '../../support/http-client.ts';
import { stepContext } from '../../support/step-context.ts';
import { type Handler, startWebServer } from '../../support/web.ts';

// The suite below is written down before any hook runs.
const web = await startWebServer();
const { client } = httpClient();
afterAll(() => web.close());

/** Answers without the headers that change. */
const fixed =
  (status: number, headers: Record<string, string>, body: string): Handler =>
  (response) => {
    response.sendDate = false;
    response
      .writeHead(status, { connection: 'close', 'content-length': Buffer.byteLength(body), ...headers })
      .end(body);
  };

const pages: Readonly<Record<string, Handler>> = {
  '/version': fixed(200, { 'content-type': 'application/json', etag: '"1"' }, '{"version":"1.2.3"}'),
  '/gone': fixed(404, {}, 'not here'),
  '/html': fixed(200, { 'content-type': 'text/html' }, '<html>maintenance</html>'),
  '/moved': fixed(302, { location: '/version' }, ''),
  '/large': fixed(200, {}, 'x'.repeat(5000)),
  '/echo': (response, { method, headers, body, path }) => {
    const { authorization, 'content-type': type } = headers;
    fixed(200, {}, JSON.stringify({ method, authorization, type, own: headers['x-own'], body, path }))(
      response,
      { method, headers, body, path, connection: 0 },
      0,
    );
  },
};
beforeEach(() => {
  web.reset();
  for (const [path, handler] of Object.entries(pages)) web.on(path, handler);
});

const SECRETS: Readonly<Record<string, string>> = { TOKEN: 'a/b c"d', PORT: '99' };
const resolveSecrets: StepContext['resolveSecrets'] = (text, host) => {
  if (host !== `127.0.0.1:${web.port}`) throw new Failure('refused', 'not for this host', { host });
  return text.replace(/\$\{secret:(\w+)\}/g, (_, name: string) => SECRETS[name] ?? '');
};
const context = () => stepContext({ http: client, resolveSecrets });

const answer = (
  headers: Record<string, string>,
  body: string,
  more: { url: string; contentType?: string; status?: number },
) => ({
  ...documentOf(body),
  contentType: undefined,
  headers: { connection: 'close', 'content-length': String(body.length), ...headers },
  status: 200,
  ...more,
});

describeStep('http', {
  context: () => ({ http: client, resolveSecrets }),
  examples: [
    {
      name: 'what the server answers, with type, headers and address',
      written: { http: `${web.url}/version` },
      output: answer({ 'content-type': 'application/json', etag: '"1"' }, '{"version":"1.2.3"}', {
        url: `${web.url}/version`,
        contentType: 'application/json',
      }),
    },
    {
      name: 'the answer behind a redirect',
      written: { http: `${web.url}/moved` },
      output: answer({ 'content-type': 'application/json', etag: '"1"' }, '{"version":"1.2.3"}', {
        url: `${web.url}/version`,
        contentType: 'application/json',
      }),
    },
    {
      name: 'the redirect itself where none is followed',
      written: { http: `${web.url}/moved`, redirects: 0, accept_status: 302 },
      output: answer({ location: '/version' }, '', { url: `${web.url}/moved`, status: 302 }),
    },
    {
      name: 'an error page that is accepted',
      written: { http: `${web.url}/gone`, accept_status: ['200-299', 404] },
      output: answer({}, 'not here', { url: `${web.url}/gone`, status: 404 }),
    },
  ],
  refused: [
    { name: 'a URL of another scheme', written: { http: 'file:///etc/passwd' }, message: /not a URL/ },
    { name: 'a secret for a host', written: { http: 'https://${secret:HOST}/' }, message: /secrets after the host/ },
    {
      name: 'a header name that is none',
      written: { http: web.url, headers: { 'a b': 'x' } },
      message: /name of a header/,
    },
    {
      name: 'a header with a line break',
      written: { http: web.url, headers: { a: 'x\r\ny: z' } },
      message: /line break/,
    },
    {
      name: 'a header of the connection',
      written: { http: web.url, headers: { Host: 'x' } },
      message: /cannot be set/,
    },
    { name: 'body and json together', written: { http: web.url, body: 'x', json: {} }, message: /not together/ },
    { name: 'a status that is none', written: { http: web.url, accept_status: 42 }, message: /accept_status/ },
    { name: 'a range that is none', written: { http: web.url, accept_status: '2xx' }, message: /not a status/ },
    { name: 'a duration that is none', written: { http: web.url, timeout: 'soon' }, message: /not a duration/ },
    { name: 'too many redirects', written: { http: web.url, redirects: 99 }, message: /redirects/ },
    { name: 'an unknown method', written: { http: web.url, method: 'get' }, message: /method/ },
  ],
  failures: [
    { name: 'an error status', written: { http: `${web.url}/gone` }, reason: 'http-status' },
    { name: 'an answer beyond the limit', written: { http: `${web.url}/large`, max_size: '4KB' }, reason: 'too-large' },
    {
      name: 'a secret that may not go there',
      written: { http: 'https://h.example/${secret:TOKEN}' },
      reason: 'refused',
    },
  ],
});

describe('a request of the http source', () => {
  const echo = async (written: Record<string, unknown>): Promise<Record<string, string>> => {
    const content = await runStep({ http: `${web.url}/echo`, ...written }, '', context());
    if (content.kind !== 'document') throw new Error('expected a document');
    return JSON.parse(Buffer.from(content.body).toString('utf8'));
  };

  it('is a GET, and a POST where there is a body', async () => {
    expect(await echo({})).toMatchObject({ method: 'GET', body: '' });
    expect(await echo({ body: 'text' })).toMatchObject({ method: 'POST', body: 'text' });
    expect(await echo({ body: 'text', method: 'PUT' })).toMatchObject({ method: 'PUT' });
    expect(await echo({ json: { a: [1, null] } })).toMatchObject({
      method: 'POST',
      body: '{"a":[1,null]}',
      type: 'application/json',
    });
    const typed = { json: 1, headers: { 'Content-Type': 'application/graphql' } };
    expect(await echo(typed)).toMatchObject({ type: 'application/graphql', body: '1' });
  });

  it('has secrets filled in, each encoded for its place', async () => {
    const seen = await echo({
      http: `${web.url}/echo?t=\${secret:TOKEN}&x`,
      headers: { 'X-Own': 'v ${secret:TOKEN}' },
      json: { '${secret:PORT}': '${secret:TOKEN}' },
    });
    expect(seen).toMatchObject({
      path: '/echo?t=a%2Fb%20c%22d&x',
      own: 'v a/b c"d',
      body: JSON.stringify({ 99: SECRETS.TOKEN }),
    });
    expect(await echo({ body: 'is ${secret:TOKEN}' })).toMatchObject({ body: `is ${SECRETS.TOKEN}` });
    const withUser = await echo({ http: `${web.url.replace('://', '://me:${secret:TOKEN}@')}/echo` });
    expect(withUser.authorization).toBe(`Basic ${Buffer.from(`me:${SECRETS.TOKEN}`).toString('base64')}`);
  });

  it('sends the secret as it is now, each time the same definition is asked for', async () => {
    const options = http.schema.parse({ http: `${web.url}/echo`, headers: { 'X-Own': '${secret:TOKEN}' } });
    const sent: unknown[] = [];
    for (const value of ['first', 'second']) {
      const door = stepContext({ http: client, resolveSecrets: () => value });
      const content = await http.run(options, { kind: 'nothing', why: 'a source' }, door);
      sent.push(JSON.parse(textOf(content)).own);
    }
    expect(sent).toEqual(['first', 'second']);
  });

  it('does not carry secrets to another host', async () => {
    const other = await startWebServer();
    other.reply('/', 200);
    web.on('/away', fixed(307, { location: other.url }, ''));
    const written = { http: `${web.url}/away`, headers: { 'X-Plain': 'p', 'X-Own': '${secret:TOKEN}' } };
    await runStep(written, '', context());
    expect(other.seen[0]?.headers).toMatchObject({ 'x-plain': 'p' });
    expect(other.seen[0]?.headers).not.toHaveProperty('x-own');
    const failure = await failureOf({ http: `${web.url}/away`, body: '${secret:TOKEN}' }, '', context());
    expect(failure.reason).toBe('refused');
    expect(other.seen).toHaveLength(1);
    await other.close();
  });

  it('is shared in a round by steps that ask the same, and by no others', async () => {
    const keys: string[] = [];
    const once: StepContext['once'] = (key, work) => {
      keys.push(key);
      return work();
    };
    const asked = [
      {},
      {},
      { http: `${web.url}/version?x` },
      { method: 'OPTIONS' },
      { headers: { a: 'b' } },
      { headers: { a: '${secret:TOKEN}' } },
      { body: 'b' },
      { max_size: 9999 },
      { timeout: '7s' },
      { accept_status: '200-300' },
      { redirects: 1 },
      { conditional: false },
    ];
    for (const written of asked) await runStep({ http: `${web.url}/version`, ...written }, '', { ...context(), once });
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(asked.length - 1);
    expect(keys.join()).not.toContain('a/b');
  });
});
