// What registries ask for.
import { describe, expect, it } from 'vitest';
import { parseChallenge } from '../../../src/extract/images/challenge.ts';

const read = (header: string | undefined) => parseChallenge(header, 'https://registry.example.com/v2/app/manifests/1');
const realm = new URL('https://auth.example.com/token?x=1');

describe('a challenge', () => {
  it('names a realm, a service and a scope with commas in it', () => {
    const header =
      'Bearer realm="https://auth.example.com/token?x=1",service="registry.example.com",scope="repository:a/b:pull,push"';
    expect(read(header)).toEqual({
      kind: 'bearer',
      realm,
      service: 'registry.example.com',
      scope: 'repository:a/b:pull,push',
    });
  });

  it('may name less, in any case and order, beside others', () => {
    expect(read('bearer Realm="https://auth.example.com/token?x=1"')).toEqual({
      kind: 'bearer',
      realm,
      service: null,
      scope: null,
    });
    expect(read('Basic realm="x", Bearer service=plain, realm="https://auth.example.com/token?x=1"')).toEqual({
      kind: 'bearer',
      realm,
      service: 'plain',
      scope: null,
    });
    expect(read('Basic realm="Registry"')).toEqual({ kind: 'basic' });
  });

  it.each([undefined, '', 'Negotiate', 'Bearer', 'Bearer realm="/token"', 'Bearer realm="file:///etc/passwd"'])(
    'is none in %s',
    (header) => {
      expect(() => read(header)).toThrow(expect.objectContaining({ reason: 'http-status' }));
    },
  );
});
