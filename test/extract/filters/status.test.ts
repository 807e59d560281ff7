// Filter `status`: the status of the response.
import { afterAll, describe, expect, it } from 'vitest';
import { extract } from '../../../src/extract/extract.ts';
import { stepType } from '../../../src/extract/registry.ts';
import type { Content } from '../../../src/extract/step.ts';
import { describeStep } from '../../contract/step.ts';
import { httpClient } from '../../support/http-client.ts';
import { stepContext } from '../../support/step-context.ts';
import { refusedPort, startWebServer } from '../../support/web.ts';

const answered = (status: number): Content => ({ kind: 'document', body: new Uint8Array(), status });

describeStep('status', {
  examples: [
    { name: 'the number', written: { status: 'code' }, input: answered(503), output: '503' },
    { name: 'that something is up', written: { status: 'health' }, input: answered(204), output: 'up' },
    { name: 'that something is up that sends on', written: { status: 'health' }, input: answered(302), output: 'up' },
    { name: 'that something is down', written: { status: 'health' }, input: answered(400), output: 'down' },
  ],
  refused: [{ name: 'another kind', written: { status: 'text' }, message: /code/ }],
  failures: [
    {
      name: 'a text that a step narrowed',
      written: { status: 'code' },
      input: 'text',
      reason: 'no-match',
      message: /name it in from/,
    },
    {
      name: 'a document without a response',
      written: { status: 'health' },
      input: { kind: 'document', body: new Uint8Array() },
      reason: 'no-match',
    },
  ],
});

describe('the health of a service', () => {
  const { client } = httpClient();
  const opened: { close(): Promise<void> }[] = [];
  afterAll(() => Promise.all(opened.map((server) => server.close())));

  const healthOf = (url: string) => {
    const steps = [{ http: url, accept_status: '100-599', tries: 1 }, { status: 'health' }].map((written) => {
      const [kind = ''] = Object.keys(written);
      return { kind, options: stepType(kind).schema.parse(written) };
    });
    return extract({ steps, accept: null, valueLimit: 200, digest: false }, stepContext({ http: client }));
  };

  it('is a value whatever it answers', async () => {
    const web = await startWebServer();
    opened.push(web);
    for (const [code, value] of Object.entries({ 200: 'up', 404: 'down', 429: 'down', 500: 'down', 503: 'down' })) {
      web.reply('/', Number(code));
      expect(await healthOf(web.url)).toEqual({ kind: 'value', value });
    }
  });

  it('is a failure where nothing answers', async () => {
    const outcome = await healthOf(`http://127.0.0.1:${await refusedPort()}/`);
    expect(outcome).toMatchObject({ kind: 'failure', failure: { reason: 'unreachable' }, step: '1 http' });
  });
});
