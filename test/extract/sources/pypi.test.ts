import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createOnce } from '../../../src/pipeline/step-context.ts';
import { describeStep, failureOf, runStep } from '../../contract/step.ts';
import { httpClient } from '../../support/http-client.ts';
import { machine } from '../../support/machine.ts';
import { resolveSecretsFor } from '../../support/secrets.ts';
import { stepContext } from '../../support/step-context.ts';
import { startWebServer } from '../../support/web.ts';

// The suite below is written down before any hook runs.
const web = await startWebServer();
const { client } = httpClient();
afterAll(() => web.close());

const JSON_TYPE = { 'content-type': 'application/vnd.pypi.simple.v1+json' };
const detail = (...files: readonly (readonly [filename: string, yanked?: boolean | string])[]) =>
  JSON.stringify({
    meta: { 'api-version': '1.3' },
    files: files.map(([filename, yanked]) => (yanked === undefined ? { filename } : { filename, yanked })),
  });

beforeEach(() => {
  web.reset();
  web.reply(
    '/simple/my-project/',
    200,
    JSON_TYPE,
    detail(
      ['my_project-1.9.tar.gz', false],
      ['my_project-1.10.post1-py3-none-any.whl'],
      ['my_project-1.10.tar.gz'],
      // one of the files of a release was taken back, the other was not
      ['my_project-1.10.post1.tar.gz', 'broken'],
      ['my_project-1.11.tar.gz', ''],
      ['my_project-2.0rc1.tar.gz'],
      ['my_project-2.0.dev3.tar.gz'],
      ['my_project-nightly.tar.gz'],
      ['my_project-3.0-py2.7.egg'],
    ),
  );
  web.reply(
    '/simple/listed/',
    200,
    { 'content-type': 'text/html; charset=utf-8' },
    `<!DOCTYPE html><html><body>
<a href="/f/listed-1.0.tar.gz#sha256=aa" data-requires-python="&gt;=3.9">listed-1.0.tar.gz</a><br>
<a href="/f/listed-1!0.5.tar.gz">listed-1!0.5.tar.gz</a>
<a href="/f/listed-1!0.6.tar.gz" data-yanked="">listed-1!0.6.tar.gz</a>
</body></html>`,
  );
  web.reply(
    '/simple/unfinished/',
    200,
    JSON_TYPE,
    detail(['unfinished-1.0a1.tar.gz'], ['unfinished-0.9.tar.gz', true]),
  );
  web.reply('/simple/empty/', 200, JSON_TYPE, detail());
  web.reply('/simple/login/', 200, { 'content-type': 'text/html' }, '<a href="/in">log in</a>');
  web.reply('/simple/broken/', 200, JSON_TYPE, '{"files": 7}');
  web.reply('/simple/plain/', 200, { 'content-type': 'text/plain' }, 'hello');
});

const index = `${web.url}/simple`;
const doors = {
  http: client,
  machine: machine({ variables: { PIP_INDEX_URL: `${index}/` } }),
  resolveSecrets: resolveSecretsFor(`127.0.0.1:${web.port}`, { PASSWORD: 'sesame' }),
};

describeStep('pypi', {
  context: () => doors,
  examples: [
    { name: 'the newest release', written: { pypi: 'My_Project', index }, output: '1.10.post1' },
    {
      name: 'the newest release of an index in HTML, where epochs count',
      written: { pypi: 'listed', index },
      output: '1!0.5',
    },
    { name: 'a project of the index of this machine', written: { pypi: 'my.project' }, output: '1.10.post1' },
    { name: 'pre-releases too', written: { pypi: 'my-project', index, prereleases: true }, output: '2.0rc1' },
    { name: 'yanked ones too', written: { pypi: 'my-project', index, yanked: true }, output: '1.11' },
    { name: 'yanked ones of an index in HTML too', written: { pypi: 'listed', index, yanked: true }, output: '1!0.6' },
    {
      name: 'all releases, in their order',
      written: { pypi: 'my-project', index, versions: true, prereleases: true },
      output: ['1.9', '1.10', '1.10.post1', '2.0.dev3', '2.0rc1'],
    },
  ],
  refused: [
    { name: 'a name that is none', written: { pypi: 'a/b' }, message: /not the name of a project/ },
    { name: 'an index that is no URL', written: { pypi: 'a', index: 'simple' }, message: /not the URL of an index/ },
    {
      name: 'a name without a password',
      written: { pypi: 'a', username: 'me' },
      message: /only together with password/,
    },
    {
      name: 'a password without a name',
      written: { pypi: 'a', password: '${secret:PASSWORD}' },
      message: /only together with username/,
    },
    {
      name: 'a password that is written down',
      written: { pypi: 'a', username: 'me', password: 'abc' },
      message: /a password is a secret/,
    },
  ],
  failures: [
    {
      name: 'a project that is not there',
      written: { pypi: 'nobody', index },
      reason: 'no-match',
      message: /no such project.*check its name/,
    },
    {
      name: 'a project without a release that counts',
      written: { pypi: 'unfinished', index },
      reason: 'no-match',
      message: /see yanked and prereleases/,
    },
    {
      name: 'a project without files',
      written: { pypi: 'empty', index },
      reason: 'no-match',
      message: /lists no release/,
    },
    {
      name: 'a page that is no list',
      written: { pypi: 'login', index },
      reason: 'no-match',
      message: /check the index/,
    },
    { name: 'other data', written: { pypi: 'broken', index }, reason: 'not-parsable', message: /check the index/ },
    { name: 'an answer of another type', written: { pypi: 'plain', index }, reason: 'not-parsable' },
  ],
});

describe('the index of projects', () => {
  it('is asked for JSON, and HTML where it has none', async () => {
    await runStep({ pypi: 'my-project', index }, '', stepContext(doors));
    expect(web.seen[0]?.headers.accept).toMatch(/^application\/vnd\.pypi\.simple\.v1\+json, .*text\/html;q=0\.1$/);
  });

  it('gets the login, where the secret may go there', async () => {
    const login = { username: '__token__', password: '${secret:PASSWORD}' };
    await runStep({ pypi: 'my-project', index, ...login }, '', stepContext(doors));
    expect(web.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('__token__:sesame').toString('base64')}`);
    const elsewhere = { pypi: 'my-project', index: 'http://localhost:1/', ...login };
    expect((await failureOf(elsewhere, '', stepContext(doors))).reason).toBe('refused');
  });

  it('that wants a login is told with what to give', async () => {
    web.reply('/simple/my-project/', 403);
    const failure = await failureOf({ pypi: 'my-project', index }, '', stepContext(doors));
    expect(failure).toMatchObject({
      reason: 'http-status',
      message: 'the registry asks for a login: set username and password',
    });
  });

  it('is asked once in a round by steps that look at the same project', async () => {
    const context = stepContext({ ...doors, once: createOnce() });
    await runStep({ pypi: 'my-project', index }, '', context);
    await runStep({ pypi: 'My.Project', index, versions: true }, '', context);
    expect(web.seen).toHaveLength(1);
  });
});
