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

/** An index file: one line for each version, `!` before a yanked one. */
const file = (...versions: readonly string[]) =>
  versions
    .map((vers) => JSON.stringify({ name: 'x', vers: vers.replace('!', ''), deps: [], yanked: vers.startsWith('!') }))
    .join('\n');

beforeEach(() => {
  web.reset();
  web.reply('/index/1/a', 200, {}, file('0.1.0'));
  web.reply('/index/2/ab', 200, {}, file('0.2.0'));
  web.reply('/index/3/a/abc', 200, {}, file('0.3.0'));
  web.reply('/index/se/rd/serde', 200, {}, `${file('1.9.0', '1.10.0', '!1.11.0', '2.0.0-rc.1', '1.10.0+build.2')}\n`);
  web.reply('/index/my/_c/my_crate', 200, {}, file('0.4.0'));
  web.reply('/index/ya/nk/yanked', 200, {}, file('!1.0.0', '!1.1.0'));
  web.reply('/index/pa/ge/page', 200, {}, '<html>');
});

const index = `${web.url}/index/`;
const doors = {
  http: client,
  machine: machine({
    variables: { CARGO_REGISTRIES_CRATES_IO_INDEX: `sparse+${index}`, CARGO_REGISTRIES_CORP_INDEX: `sparse+${index}` },
  }),
  resolveSecrets: resolveSecretsFor(`127.0.0.1:${web.port}`, { TOKEN: 'sesame' }),
};

describeStep('crates', {
  context: () => doors,
  examples: [
    {
      name: 'the newest version that is neither yanked nor a pre-release',
      written: { crates: 'serde', index },
      output: '1.10.0+build.2',
    },
    { name: 'a crate with a name of one letter', written: { crates: 'a', index }, output: '0.1.0' },
    { name: 'a crate with a name of two letters', written: { crates: 'ab', index }, output: '0.2.0' },
    { name: 'a crate with a name of three letters', written: { crates: 'abc', index }, output: '0.3.0' },
    { name: 'a crate whose name has capital letters', written: { crates: 'My_Crate', index }, output: '0.4.0' },
    { name: 'a crate of the index of this machine', written: { crates: 'abc' }, output: '0.3.0' },
    {
      name: 'a crate of another registry of this machine',
      written: { crates: 'abc', registry: 'corp' },
      output: '0.3.0',
    },
    { name: 'pre-releases too', written: { crates: 'serde', index, prereleases: true }, output: '2.0.0-rc.1' },
    { name: 'yanked ones too', written: { crates: 'serde', index, yanked: true }, output: '1.11.0' },
    {
      name: 'all versions',
      written: { crates: 'serde', index, versions: true },
      output: ['1.9.0', '1.10.0', '1.10.0+build.2'],
    },
  ],
  refused: [
    { name: 'a name that is none', written: { crates: 'a/b' }, message: /not the name of a crate/ },
    {
      name: 'an index that is no URL',
      written: { crates: 'a', index: 'sparse+https://a/' },
      message: /not the URL of an index/,
    },
    {
      name: 'an index and a registry',
      written: { crates: 'a', index, registry: 'corp' },
      message: /not together with index/,
    },
    { name: 'a token that is written down', written: { crates: 'a', token: 'abc' }, message: /a token is a secret/ },
  ],
  failures: [
    {
      name: 'a crate that is not there',
      written: { crates: 'nobody', index },
      reason: 'no-match',
      message: /no such crate.*check its name/,
    },
    {
      name: 'versions that were all yanked',
      written: { crates: 'yanked', index },
      reason: 'no-match',
      message: /see yanked and prereleases/,
    },
    { name: 'a page', written: { crates: 'page', index }, reason: 'not-parsable', message: /check the index/ },
    {
      name: 'a registry that cargo does not know',
      written: { crates: 'abc', registry: 'other' },
      reason: 'definition',
    },
  ],
});

describe('the index of crates', () => {
  it('gets the token as it is, where the secret may go there', async () => {
    await runStep({ crates: 'abc', index, token: '${secret:TOKEN}' }, '', stepContext(doors));
    expect(web.seen[0]?.headers.authorization).toBe('sesame');
    const elsewhere = { crates: 'abc', index: 'http://localhost:1/', token: '${secret:TOKEN}' };
    expect((await failureOf(elsewhere, '', stepContext(doors))).reason).toBe('refused');
  });

  it('is asked once in a round by steps that look at the same crate', async () => {
    const context = stepContext({ ...doors, once: createOnce() });
    await runStep({ crates: 'serde', index }, '', context);
    await runStep({ crates: 'serde', index, versions: true }, '', context);
    expect(web.seen).toHaveLength(1);
  });
});
