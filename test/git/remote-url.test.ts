import { describe, expect, it } from 'vitest';
import { parseRemote, remoteHost } from '../../src/git/remote-url.ts';

describe('addresses of repositories', () => {
  it.each([
    ['https://example.com/team/repo.git', 'http', 'https://example.com/team/repo.git', 'example.com'],
    ['https://example.com/team/repo.git/', 'http', 'https://example.com/team/repo.git', 'example.com'],
    ['HTTP://Example.com:8080/r', 'http', 'http://example.com:8080/r', 'example.com'],
    ['ssh://git@example.com:2222/r.git', 'command', 'ssh://git@example.com:2222/r.git', 'example.com'],
    ['git://example.com/r.git', 'command', 'git://example.com/r.git', 'example.com'],
    ['git@example.com:team/r.git', 'command', 'git@example.com:team/r.git', 'example.com'],
    ['example.com:r.git', 'command', 'example.com:r.git', 'example.com'],
    ['/srv/git/r.git', 'local', '/srv/git/r.git', null],
    ['file:///srv/git/with%20blank.git', 'local', '/srv/git/with blank.git', null],
  ])('%s is a %s address', (address, kind, url, host) => {
    const remote = parseRemote(address);
    expect(remote).toMatchObject({ kind, url });
    expect(remoteHost(remote)).toBe(host);
  });

  it('hands over credentials apart from the address', () => {
    expect(parseRemote('https://bot:s3%40cret@example.com/r.git')).toEqual({
      kind: 'http',
      url: 'https://example.com/r.git',
      username: 'bot',
      password: 's3@cret',
    });
    expect(parseRemote('ssh://git:s3cret@example.com/r.git').url).toBe('ssh://git@example.com/r.git');
  });

  it.each([
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=touch',
    'ext::sh -c touch%20x',
    'fd::3',
    'ssh://-oProxyCommand=touch/r',
    'ssh://%2DoProxyCommand=touch/r',
    'ssh://-l@example.com/r',
    '-host:path',
    'git@-host:path',
    'host:-path',
    'ftp://example.com/r',
    'https:/example.com/r',
    'file://other.example.com/r',
    'relative/path',
    './r.git',
    'https://',
    'a\nb:c',
    '',
  ])('%j is refused', (address) => {
    expect(() => parseRemote(address)).toThrow(expect.objectContaining({ reason: 'refused' }));
  });

  it('never shows credentials in the refusal', () => {
    expect.assertions(1);
    try {
      parseRemote('ftp://bot:s3cret@example.com/r');
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('s3cret');
    }
  });
});
