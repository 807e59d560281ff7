// Filter `hash`: digests.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeStep, documentOf, runStep } from '../../contract/step.ts';
import { stepContext } from '../../support/step-context.ts';

describeStep('hash', {
  takes: ['document', 'text', 'list'],
  examples: [
    {
      name: 'the SHA-256',
      written: { hash: 'sha256' },
      input: 'abc',
      output: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    },
    { name: 'the SHA-1', written: { hash: 'sha1' }, input: 'abc', output: 'a9993e364706816aba3e25717850c26c9cd0d89d' },
    { name: 'the MD5', written: { hash: 'md5' }, input: 'abc', output: '900150983cd24fb0d6963f7d28e17f72' },
    // From sha1sum and md5sum.
    {
      name: 'the digest of bytes that are no text',
      written: { hash: 'sha1' },
      input: documentOf(Buffer.from([0xff, 0])),
      output: 'da33e41954997c24ad31f6c1845e18510b384f67',
    },
    {
      name: 'the digest of candidates as lines',
      written: { hash: 'md5' },
      input: { kind: 'list', items: ['a', 'b'] },
      output: '8cdeb44417f3c26826595d5820cf5700',
    },
  ],
  refused: [{ name: 'an unknown algorithm', written: { hash: 'crc32' }, message: /hash/ }],
  failures: [
    { name: 'an empty document', written: { hash: 'sha256' }, input: documentOf(''), reason: 'no-match' },
    { name: 'an empty text', written: { hash: 'sha256' }, input: '', reason: 'no-match' },
  ],
});

describe('the digest of an image', () => {
  const bytes = Buffer.alloc(40_000_000, 'image');

  it('is that of all of it, and holds nobody up meanwhile', async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const given = await runStep({ hash: 'sha256' }, documentOf(bytes));
    clearInterval(counting);
    expect(given).toEqual({ kind: 'text', text: createHash('sha256').update(bytes).digest('hex') });
    expect(turns).toBeGreaterThan(0);
  });

  it('stops where it is stopped', async () => {
    const stop = new AbortController();
    const digest = runStep({ hash: 'sha256' }, documentOf(bytes), stepContext({ signal: stop.signal }));
    stop.abort(new Error('enough'));
    await expect(digest).rejects.toThrow('enough');
  });
});
