// Digests in and of manifests.
import { describe, expect, it } from 'vitest';
import { digestFor, digestOfBody, namedDigest } from '../../../src/extract/images/manifest.ts';

const answer = (manifest: unknown, headers: Record<string, string> = {}) => ({
  status: 200,
  url: 'https://registry.example.com/v2/app/manifests/1',
  headers,
  body: Buffer.from(typeof manifest === 'string' ? manifest : JSON.stringify(manifest)),
});
const digest = (sign: string) => `sha256:${sign.repeat(64)}`;
const entry = (sign: string, os: string, architecture: string, variant?: string) => ({
  digest: digest(sign),
  platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
});

const INDEX = answer({
  manifests: [
    entry('1', 'linux', 'amd64'),
    entry('2', 'linux', 'arm', 'v6'),
    entry('3', 'linux', 'arm', 'v7'),
    entry('4', 'linux', 'arm64', 'v8'),
    // what builders add about the images
    entry('5', 'unknown', 'unknown'),
    { digest: digest('6') },
  ],
});

describe('the digest for a platform', () => {
  it.each([
    ['linux/amd64', '1'],
    ['linux/arm/v7', '3'],
    ['linux/arm64', '4'],
    ['linux/arm64/v8', '4'],
  ])('%s', (platform, sign) => {
    expect(digestFor(platform, INDEX)).toBe(digest(sign));
  });

  it('is not guessed among variants', () => {
    expect(() => digestFor('linux/arm', INDEX)).toThrow(
      expect.objectContaining({
        reason: 'several-matches',
        details: { platform: 'linux/arm', platforms: 'linux/arm/v6, linux/arm/v7' },
      }),
    );
  });

  it('is missing where the image is not there for it', () => {
    expect(() => digestFor('linux/s390x', INDEX)).toThrow(expect.objectContaining({ reason: 'no-match' }));
    expect(() => digestFor('linux/amd64', answer({ config: {}, layers: [] }))).toThrow(/leave platform out/);
  });

  it.each(['<html>', '[]', '{"manifests":[{"digest":"../../x"}]}'])('is not read from %s', (body) => {
    expect(() => digestFor('linux/amd64', answer(body))).toThrow(expect.objectContaining({ reason: 'not-parsable' }));
  });
});

describe('the digest of a manifest', () => {
  it('is the one in the header, where that is one', () => {
    expect(namedDigest(answer('', { 'docker-content-digest': digest('a') }))).toBe(digest('a'));
    expect(namedDigest(answer('', { 'docker-content-digest': 'none' }))).toBeNull();
    expect(namedDigest(answer(''))).toBeNull();
  });

  it('is made of its bytes', () => {
    expect(digestOfBody(answer(''))).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
