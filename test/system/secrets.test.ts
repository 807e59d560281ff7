import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import { allowsHost, createSecrets, systemSecretDoor, type WrittenSecret } from '../../src/system/secrets.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sc-secrets-'));
});
afterAll(() => rm(directory, { recursive: true }));

const HOST = 'api.example.com';
const env = { TOKEN: 'abc-123-xyz', EMPTY: '' };
const secrets = (written: Record<string, WrittenSecret>) => createSecrets(written, systemSecretDoor(env));

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('the work was expected to fail');
}

describe('a placeholder', () => {
  it('is replaced by the value of a variable or of a file less the line break at its end', async () => {
    const file = join(directory, 'token');
    await writeFile(file, 'from file\r\n\n');
    const { resolve } = secrets({ A: { env: 'TOKEN', hosts: [HOST] }, B: { file, hosts: [HOST] } });
    expect(resolve('x ${secret:A}/${secret:B} ${other} $A', HOST)).toBe('x abc-123-xyz/from file ${other} $A');
  });

  it('is replaced by what the file holds now', async () => {
    const file = join(directory, 'rotated');
    await writeFile(file, 'before');
    const { resolve, redact } = secrets({ A: { file, hosts: [HOST] } });
    expect(resolve('${secret:A}', HOST)).toBe('before');
    await writeFile(file, 'after1');
    await utimes(file, 1, 1);
    expect(resolve('${secret:A}', HOST)).toBe('after1');
    expect(redact('before after1')).toBe('*** ***');
  });

  it('does not expand what a value holds', () => {
    const { resolve } = createSecrets(
      { A: { env: 'A', hosts: [HOST] }, B: { env: 'TOKEN', hosts: [HOST] } },
      systemSecretDoor({ ...env, A: '${secret:B} $& $1' }),
    );
    expect(resolve('${secret:A}', HOST)).toBe('${secret:B} $& $1');
  });

  it.each([
    ['of an unknown secret', '${secret:NONE}', 'configuration', 'secrets.NONE'],
    ['of a name that every object has', '${secret:constructor}', 'configuration', 'secrets.constructor'],
    ['of a missing file', '${secret:GONE}', 'configuration', 'secrets.GONE.file'],
    ['of a directory', '${secret:DIRECTORY}', 'configuration', 'secrets.DIRECTORY.file'],
    ['of a missing variable', '${secret:UNSET}', 'configuration', 'secrets.UNSET.env'],
    ['of an empty variable', '${secret:EMPTY}', 'configuration', 'secrets.EMPTY.env'],
    ['of a secret from nowhere', '${secret:NOWHERE}', 'configuration', 'secrets.NOWHERE'],
    ['of a secret from two places', '${secret:BOTH}', 'configuration', 'secrets.BOTH'],
    ['of a secret for other hosts', '${secret:OTHER}', 'refused', 'secrets.OTHER.hosts'],
    ['of a secret for no host', '${secret:RUNS}', 'refused', 'secrets.RUNS.hosts'],
  ])('%s is refused with the key', (_what, text, reason, key) => {
    const hosts = [HOST];
    const { resolve } = secrets({
      GONE: { file: join(directory, 'gone'), hosts },
      DIRECTORY: { file: directory, hosts },
      UNSET: { env: 'UNSET', hosts },
      EMPTY: { env: 'EMPTY', hosts },
      NOWHERE: { hosts },
      BOTH: { env: 'TOKEN', file: 'x', hosts },
      OTHER: { env: 'TOKEN', hosts: ['other.example'] },
      RUNS: { env: 'TOKEN', resources: ['*'] },
    });
    expect(failureOf(() => resolve(text, HOST))).toMatchObject({ reason, details: { key } });
  });

  it.each(['${secret:', '${secret:}', '${secret:A B}', '${secret:A'])('written like %s is a mistake', (text) => {
    expect(failureOf(() => secrets({ A: { env: 'TOKEN', hosts: [HOST] } }).resolve(text, HOST)).reason).toBe(
      'definition',
    );
  });

  it('never shows a value in its failure', () => {
    const { resolve } = secrets({ A: { env: 'TOKEN', hosts: ['other.example'] } });
    expect(JSON.stringify(failureOf(() => resolve('${secret:A}', HOST)))).not.toContain(env.TOKEN);
  });
});

it.each([
  ['api.example.com', 'api.example.com', true],
  ['API.Example.com', 'api.example.COM', true],
  ['api.example.com', 'api.example.com:8443', false],
  ['api.example.com:8443', 'api.example.com:8443', true],
  ['*.example.com', 'api.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', '.example.com', false],
  ['*.example.com', 'badexample.com', false],
  ['*.example.com', 'api.example.com.evil.test', false],
  ['*', 'api.example.com', false],
])('the pattern %s means %s: %s', (pattern, host, allowed) => expect(allowsHost(pattern, host)).toBe(allowed));

describe('a secret of a run', () => {
  const given = () =>
    secrets({
      A: { env: 'TOKEN', resources: ['core-*', 'team/**'] },
      HOSTS: { env: 'TOKEN', hosts: [HOST] },
      NONE: { env: 'TOKEN', resources: [] },
      EMPTY: { env: 'EMPTY', resources: ['*'] },
    });

  it.each(['core-beta', 'team/a/b'])('is resolved for %s, which the configuration lists', (resource) => {
    expect(given().resolveForRun('x ${secret:A} $A', resource)).toBe('x abc-123-xyz $A');
    expect(given().valueForRun('A', resource)).toBe('abc-123-xyz');
  });

  it.each([
    ['a resource that is not listed', 'A', 'snapd', 'refused', 'secrets.A.resources'],
    ['a resource below', 'A', 'core-beta/x', 'refused', 'secrets.A.resources'],
    ['no resource at all', 'HOSTS', 'core-beta', 'refused', 'secrets.HOSTS.resources'],
    ['an empty list', 'NONE', 'core-beta', 'refused', 'secrets.NONE.resources'],
    ['an unknown secret', 'OTHER', 'core-beta', 'configuration', 'secrets.OTHER'],
    ['an empty secret', 'EMPTY', 'core-beta', 'configuration', 'secrets.EMPTY.env'],
  ])('for %s is refused with the key', (_, name, resource, reason, key) => {
    for (const work of [
      () => given().resolveForRun(`\${secret:${name}}`, resource),
      () => given().valueForRun(name, resource),
    ]) {
      const failure = failureOf(work);
      expect(failure).toMatchObject({ reason, details: { key } });
      expect(JSON.stringify(failure)).not.toContain(env.TOKEN);
    }
  });

  it('goes into no request because of that', () => {
    expect(failureOf(() => given().resolve('${secret:A}', HOST)).reason).toBe('refused');
  });

  it('is redacted', () => {
    const { resolveForRun, redact } = given();
    expect(redact(resolveForRun('${secret:A}', 'core-beta'))).toBe('***');
  });
});
