// One document of an index: confirmed while it is the same, whatever its size, and read whole again when it is not.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { type IndexQuery, readIndex } from '../../../src/extract/packages/read-index.ts';
import { createOnce } from '../../../src/pipeline/step-context.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { httpClient } from '../../support/http-client.ts';
import { stepContext } from '../../support/step-context.ts';
import { startWebServer } from '../../support/web.ts';

const DAY = 86_400_000;

const web = await startWebServer();
const { client } = httpClient();
afterAll(() => web.close());

let etag = '"1"';
let text = '';
beforeEach(() => {
  web.reset();
  etag = '"1"';
  text = 'x'.repeat(200_000);
  web.on('/index', (response, { headers }) => {
    if (headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag }).end(text);
  });
});

let time = Date.parse('2026-03-07T12:00:00Z');
const context = () => stepContext({ http: client, clock: { ...systemClock, now: () => time } });

/** What was read is how much there was to read. */
const query = (owner: object, more: Partial<IndexQuery<number>> = {}): IndexQuery<number> => ({
  owner,
  url: `${web.url}/index`,
  accept: '*/*',
  login: { kind: 'token', token: undefined, scheme: null },
  maxSize: 1_000_000,
  missing: () => new Failure('no-match', 'there is no index'),
  read: ({ body }) => body.byteLength,
  ...more,
});

const answers = () => web.seen.map(({ headers }) => (headers['if-none-match'] === undefined ? 'whole' : 'confirm'));

describe('a document that does not change', () => {
  it('is sent once', async () => {
    const owner = {};
    for (let round = 0; round < 3; round++) expect(await readIndex(query(owner), context())).toBe(200_000);
    expect(answers()).toEqual(['whole', 'confirm', 'confirm']);
  });

  it('is sent once also where nothing in it matches', async () => {
    const owner = {};
    let reads = 0;
    const read = () => {
      reads++;
      throw new Failure('no-match', 'nothing matches');
    };
    for (let round = 0; round < 2; round++)
      await expect(readIndex(query(owner, { read }), context())).rejects.toThrow('nothing matches');
    expect(answers()).toEqual(['whole', 'confirm']);
    expect(reads).toBe(1);
  });

  it('is read whole again where it could not be read', async () => {
    const owner = {};
    const read = () => {
      throw new Failure('not-parsable', 'this is no index');
    };
    for (let round = 0; round < 2; round++)
      await expect(readIndex(query(owner, { read }), context())).rejects.toThrow('this is no index');
    expect(answers()).toEqual(['whole', 'whole']);
  });

  it('is read whole once a day', async () => {
    const owner = {};
    await readIndex(query(owner), context());
    time += DAY;
    await readIndex(query(owner), context());
    expect(answers()).toEqual(['whole', 'whole']);
  });

  it('is one request of a round, however many steps look at it', async () => {
    const owners = [{}, {}];
    for (let round = 0; round < 2; round++) {
      const shared = { ...context(), once: createOnce() };
      await Promise.all(owners.map((owner) => readIndex(query(owner), shared)));
    }
    expect(answers()).toEqual(['whole', 'confirm']);
  });
});

describe('a document that changes', () => {
  it('is read anew', async () => {
    const owner = {};
    await readIndex(query(owner), context());
    etag = '"2"';
    text = 'shorter';
    expect(await readIndex(query(owner), context())).toBe(7);
  });

  it('is not taken for that of another address', async () => {
    const owner = {};
    await readIndex(query(owner), context());
    web.reply('/other', 200, { etag }, 'other');
    expect(await readIndex(query(owner, { url: `${web.url}/other` }), context())).toBe(5);
    expect(answers()).toEqual(['whole', 'whole']);
  });
});

describe('an address without a document', () => {
  it.each([404, 410, 451])('is what the step says of it (%i)', async (status) => {
    web.reply('/index', status);
    await expect(readIndex(query({}), context())).rejects.toThrow('there is no index');
  });

  it('that is broken is no document', async () => {
    web.reply('/index', 500);
    await expect(readIndex(query({}), context())).rejects.toMatchObject({ reason: 'http-status' });
  });
});
