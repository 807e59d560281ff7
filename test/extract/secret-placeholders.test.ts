import { describe, expect, it } from 'vitest';
import { fillSecrets, hostOfTemplate } from '../../src/extract/secret-placeholders.ts';

describe('the host of a URL with secrets', () => {
  it.each([
    ['https://api.example.com/v1', 'api.example.com'],
    ['https://api.example.com:443/v1', 'api.example.com'],
    ['https://API.example.com:8443/', 'api.example.com:8443'],
    ['https://user:${secret:PW}@api.example.com/', 'api.example.com'],
    ['https://api.example.com/${secret:PATH}?t=${secret:T}#${secret:F}', 'api.example.com'],
  ])('of %s is %s', (url, host) => expect(hostOfTemplate(url)).toBe(host));

  it.each([
    'https://${secret:HOST}/',
    'https://api.${secret:SUB}.example.com/',
    'https://api.example.com${secret:TAIL}/',
    'https://api.example.com:${secret:PORT}/',
    '${secret:SCHEME}://api.example.com/',
    'ftp://example.com/',
    '/path',
    '',
  ])('is unknown for %s', (url) => expect(hostOfTemplate(url)).toBeNull());
});

it('each placeholder is filled in on its own, encoded, and not read again', () => {
  const resolve = (placeholder: string, host: string) => `${host}/${placeholder.slice(9, -1)} \${secret:X}`;
  expect(fillSecrets('a=${secret:A}&b=${secret:B}', { host: 'h', encode: encodeURIComponent, resolve })).toBe(
    'a=h%2FA%20%24%7Bsecret%3AX%7D&b=h%2FB%20%24%7Bsecret%3AX%7D',
  );
});
