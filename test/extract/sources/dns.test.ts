// Source `dns`: the records of a name.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createOnce } from '../../../src/pipeline/step-context.ts';
import { askDns } from '../../../src/system/dns.ts';
import { describeStep, failureOf, runStep } from '../../contract/step.ts';
import { startDnsServer } from '../../support/dns-server.ts';
import { stepContext } from '../../support/step-context.ts';

// The suite below is written down before any hook runs.
const server = await startDnsServer();
afterAll(() => server.close());

const context = (more = {}) => stepContext({ dns: (question, signal) => askDns(question, 'allow', signal), ...more });

const resolver = `127.0.0.1:${server.port}`;
const asking = (name: string, type?: string) => ({ dns: name, resolver, ...(type === undefined ? {} : { type }) });

beforeEach(() => {
  server.reset();
  server.set('www.example.com', 'A', ['192.0.2.20', '192.0.2.3', '192.0.2.20']);
  server.set('www.example.com', 'AAAA', ['2001:db8::1']);
  server.set('alias.example.com', 'CNAME', ['WWW.Example.com.']);
  server.set('example.com', 'MX', ['10 mx2.example.com.', '5 MX1.example.com.']);
  server.set('null.example.com', 'MX', ['0 .']);
  server.set('example.com', 'TXT', ['"v=spf1 -all"', '"site-verification=abc" "def"']);
  server.set('example.com', 'NS', ['ns2.example.com.', 'ns1.example.com.']);
  server.set('example.com', 'SOA', ['ns1.example.com. hostmaster.example.com. 2026030701 7200 3600 1209600 300']);
  server.set('example.com', 'CAA', ['128 issue "ca.example.net"', '0 iodef "mailto:x@example.com"']);
  server.set('_imaps._tcp.example.com', 'SRV', ['0 1 993 imap.example.com.']);
  server.set('7.2.0.192.in-addr.arpa', 'PTR', ['www.example.com.']);
  server.set('1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', 'PTR', ['six.example.com.']);
  server.set('xn--bcher-kva.example', 'A', ['192.0.2.9']);
  server.set('broken.example.com', 'A', 'servfail');
  server.set('closed.example.com', 'A', 'refused');
  server.set('damaged.example.com', 'A', 'damaged');
});

describeStep('dns', {
  context,
  examples: [
    { name: 'addresses, sorted, each once', written: asking('www.example.com'), output: '192.0.2.20, 192.0.2.3' },
    { name: 'addresses of IPv6', written: asking('www.example.com', 'AAAA'), output: '2001:db8::1' },
    { name: 'another name, in lower case', written: asking('alias.example.com', 'CNAME'), output: 'www.example.com' },
    { name: 'mail servers', written: asking('example.com', 'MX'), output: '10 mx2.example.com, 5 mx1.example.com' },
    { name: 'that there is no mail', written: asking('null.example.com', 'MX'), output: '0 .' },
    {
      name: 'texts, put together',
      written: asking('example.com', 'TXT'),
      output: 'site-verification=abcdef, v=spf1 -all',
    },
    {
      name: 'each record for itself',
      written: { ...asking('example.com', 'TXT'), pick: 'all' },
      output: ['site-verification=abcdef', 'v=spf1 -all'],
    },
    { name: 'servers of a zone', written: asking('example.com.', 'NS'), output: 'ns1.example.com, ns2.example.com' },
    {
      name: 'the start of a zone',
      written: asking('example.com', 'SOA'),
      output: 'ns1.example.com hostmaster.example.com 2026030701 7200 3600 1209600 300',
    },
    {
      name: 'who may issue certificates',
      written: asking('example.com', 'CAA'),
      output: '0 iodef mailto:x@example.com, 128 issue ca.example.net',
    },
    { name: 'services', written: asking('_imaps._tcp.example.com', 'SRV'), output: '0 1 993 imap.example.com' },
    { name: 'the name of an address', written: asking('192.0.2.7', 'PTR'), output: 'www.example.com' },
    { name: 'the name of an address of IPv6', written: asking('2001:db8::1', 'PTR'), output: 'six.example.com' },
    {
      name: 'the name that an address stands for',
      written: asking('7.2.0.192.in-addr.arpa', 'PTR'),
      output: 'www.example.com',
    },
    { name: 'addresses of a name in any script', written: asking('Bücher.example'), output: '192.0.2.9' },
  ],
  refused: [
    { name: 'a URL', written: { dns: 'https://example.com/' }, message: /not a name in the DNS: write it like/ },
    { name: 'a name with a blank', written: { dns: 'example com' }, message: /not a name/ },
    { name: 'an unknown type', written: asking('example.com', 'ANY'), message: /AAAA/ },
    { name: 'the A record of an address', written: asking('192.0.2.7'), message: /PTR records only/ },
    { name: 'a resolver by name', written: { dns: 'a.example', resolver: 'ns.example' }, message: /not an address/ },
    { name: 'a port that is none', written: { dns: 'a.example', resolver: '192.0.2.1:99999' }, message: /not an addr/ },
    { name: 'a time that is none', written: { dns: 'a.example', timeout: 'soon' }, message: /not a duration/ },
  ],
  failures: [
    {
      name: 'a name that does not exist',
      written: asking('wwww.example.com'),
      reason: 'no-match',
      message: /no such name in the DNS: check its spelling/,
    },
    {
      name: 'a name without such records',
      written: asking('example.com'),
      reason: 'no-match',
      message: /no record of this type: check type/,
    },
    {
      name: 'a zone that does not work',
      written: asking('broken.example.com'),
      reason: 'unreachable',
      message: /servers of the name do not answer, or their signatures are wrong/,
    },
    {
      name: 'a resolver that refuses',
      written: asking('closed.example.com'),
      reason: 'unreachable',
      message: /refuses to answer: ask another one/,
    },
    { name: 'an answer that cannot be read', written: asking('damaged.example.com'), reason: 'not-parsable' },
    {
      name: 'a name that is too long',
      written: asking(`${'a'.repeat(64)}.example.com`),
      reason: 'definition',
      message: /cannot be a name/,
    },
  ],
});

describe('dns', () => {
  it('gives the same whatever the order of the answer', async () => {
    server.set('www.example.com', 'A', ['192.0.2.3', '192.0.2.20']);
    expect(await runStep(asking('www.example.com'), '', context())).toMatchObject({ text: '192.0.2.20, 192.0.2.3' });
  });

  it('asks once for what several resources of a round want of a name', async () => {
    const once = createOnce();
    for (const pick of ['joined', 'all']) {
      await runStep({ ...asking('example.com', 'NS'), pick }, '', context({ once }));
    }
    await runStep(asking('example.com', 'MX'), '', context({ once }));
    expect(server.seen).toEqual(['example.com NS', 'example.com MX']);
  });

  it('gives up a resolver that says nothing when its time is up', async () => {
    server.set('silent.example.com', 'A', 'silent');
    const failure = await failureOf({ ...asking('silent.example.com'), timeout: '200ms' }, '', context());
    expect(failure).toMatchObject({
      reason: 'timed-out',
      details: { name: 'silent.example.com', resolver, limit_ms: 200 },
    });
    expect(failure.message).toMatch(/resolver did not answer in time/);
  });

  it('stops at once when it is stopped', async () => {
    server.set('silent.example.com', 'A', 'silent');
    const stop = new AbortController();
    const asked = runStep(asking('silent.example.com'), '', context({ signal: stop.signal }));
    await server.asked();
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  it('tells a resolver that is not there', async () => {
    const gone = await startDnsServer();
    await gone.close();
    const failure = await failureOf({ dns: 'example.com', resolver: `127.0.0.1:${gone.port}` }, '', context());
    expect(failure).toMatchObject({ reason: 'unreachable' });
    expect(failure.message).toMatch(/no resolver answers there: check its address/);
  });

  it('asks no resolver at a private address where those are refused', async () => {
    const strict = stepContext({ dns: (question, signal) => askDns(question, 'refuse', signal) });
    for (const address of [resolver, '[::1]:53', '10.0.0.1', '::ffff:127.0.0.1']) {
      const failure = await failureOf({ dns: 'www.example.com', resolver: address }, '', strict);
      expect(failure).toMatchObject({ reason: 'refused', details: { key: 'policy' } });
    }
    expect(server.seen).toEqual([]);
  });
});
