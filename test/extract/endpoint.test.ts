import { describe, expect, it } from 'vitest';
import { readEndpoint, readHost } from '../../src/extract/endpoint.ts';

describe('a host', () => {
  it.each([
    ['example.com', 'example.com', 'name'],
    ['WWW.Example.COM.', 'www.example.com.', 'name'],
    ['_dmarc.example.com', '_dmarc.example.com', 'name'],
    ['Bücher.example', 'xn--bcher-kva.example', 'name'],
    ['192.0.2.1', '192.0.2.1', 'address'],
    ['0x7f.1', '127.0.0.1', 'address'],
    ['2130706433', '127.0.0.1', 'address'],
    ['2001:DB8::1', '2001:db8::1', 'address'],
    ['[2001:db8:0:0::1]', '2001:db8::1', 'address'],
  ])('%s is %s, %s', (text, host, kind) => expect(readHost(text)).toEqual({ host, kind }));

  it.each([
    '',
    ' ',
    'a b',
    'https://a',
    'a/b',
    'a?b',
    'a#b',
    'me@a',
    'a\\b',
    '1.2.3.999',
    '[::1',
    'fe80::1%eth0',
    'a:b',
  ])('is not %j', (text) => expect(readHost(text)).toBeNull());
});

describe('a host with a port', () => {
  it.each([
    ['example.com', 'example.com', 443],
    ['example.com:8443', 'example.com', 8443],
    ['192.0.2.1:53', '192.0.2.1', 53],
    ['[2001:db8::1]:53', '2001:db8::1', 53],
    ['[2001:db8::1]', '2001:db8::1', 443],
    ['2001:db8::1', '2001:db8::1', 443],
  ])('%s is %s at %i', (text, host, port) => expect(readEndpoint(text, 443)).toMatchObject({ host, port }));

  it.each(['example.com:', 'example.com:0', 'example.com:65536', 'example.com:x', ':443', 'a:1:2'])(
    'is not %j',
    (text) => expect(readEndpoint(text, 443)).toBeNull(),
  );
});
