// Versions in an index of a Debian archive.
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { versionsInIndex } from '../../../src/extract/packages/debian-index.ts';

const NEVER = new AbortController().signal;

const paragraph = (name: string, version: string, description = 'a thing') =>
  `Package: ${name}\nArchitecture: amd64\nVersion: ${version}\nDescription: ${description}\n Package: not-this\n .\n More\n\n`;

const versionsOf = (text: string, name = 'app') => versionsInIndex(gzipSync(text), name, NEVER);

describe('an index', () => {
  it('gives the versions of a package, wherever it stands', async () => {
    const others = paragraph('application', '9') + paragraph('app2', '8');
    expect(await versionsOf(paragraph('app', '1.0-1') + others + paragraph('app', '1:0.9'))).toEqual([
      '1.0-1',
      '1:0.9',
    ]);
    expect(await versionsOf(others + paragraph('app', '1.0').trimEnd())).toEqual(['1.0']);
    expect(await versionsOf(others)).toEqual([]);
    expect(await versionsOf(others, 'not-this')).toEqual([]);
  });

  it('may be empty', async () => {
    expect(await versionsOf('')).toEqual([]);
  });

  it('may come unpacked', async () => {
    expect(await versionsInIndex(Buffer.from(paragraph('app', '1.0')), 'app', NEVER)).toEqual(['1.0']);
  });

  it('may be many times larger than what is looked at at a time', async () => {
    const filler = paragraph('filler', '1', 'x'.repeat(700)).repeat(6000);
    const text = filler + paragraph('app', '1.0') + filler + paragraph('app', '1.1');
    expect(gunzipSync(gzipSync(text)).byteLength).toBeGreaterThan(8_000_000);
    expect(await versionsOf(text)).toEqual(['1.0', '1.1']);
  });

  it('is found wherever the pieces are cut', async () => {
    // pieces end at each of these lengths of what stands before the package
    for (let length = 999_900; length < 1_000_020; length += 7) {
      const head = 'Package: a\nVersion: 1\nX: ';
      expect(await versionsOf(`${head}${'x'.repeat(length - head.length)}\n\n${paragraph('app', '2.0')}`)).toEqual([
        '2.0',
      ]);
    }
  });
});

describe('what is no index', () => {
  it.each([
    ['a page', gzipSync('<html>a mirror</html>')],
    ['a paragraph without end', gzipSync(`Package: app\nVersion: 1\nX: ${'x'.repeat(6_000_000)}`)],
    ['a package without a version', gzipSync('Package: app\nArchitecture: all\n\n')],
    ['a damaged file', Buffer.concat([gzipSync(paragraph('app', '1')).subarray(0, 40), Buffer.alloc(40)])],
    ['half a file', gzipSync(paragraph('app', '1').repeat(100)).subarray(0, 60)],
  ])('is refused: %s', async (_, body) => {
    await expect(versionsInIndex(body, 'app', NEVER)).rejects.toMatchObject({ reason: 'not-parsable' });
  });

  it('is given up when it is stopped', async () => {
    const reason = new Error('stopped');
    await expect(versionsInIndex(gzipSync('x'), 'app', AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
