import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCommitMessage, isSkipped, parseTrailers } from '../../src/core/change-commit.ts';

const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
const word = fc.stringMatching(/^[A-Za-z0-9._:-]{1,30}$/);
const trailers = fc.record(
  { previous: oid, observed: fc.constant('2026-03-07T12:00:00.000Z'), extractor: word, agent: word },
  { requiredKeys: [] },
);
/** Text of a body that does not itself end in a paragraph of trailers. */
const text = fc
  .array(fc.stringMatching(/^[a-z ()+\u00e9]{1,40}$/), { maxLength: 4 })
  .map((lines) => lines.join('\n').trim());

describe('the message of a commit', () => {
  it('gives back the trailers that were written, whatever else the message holds', () => {
    fc.assert(
      fc.property(trailers, text, fc.boolean(), (written, body, skipCi) => {
        const message = formatCommitMessage({ subject: 'New snap (1)', text: body, skipCi, trailers: written });
        expect(parseTrailers(message)).toEqual(written);
        expect(message.split('\n')[0]).toBe('New snap (1)');
        expect(isSkipped(message)).toBe(skipCi);
        expect(message.endsWith('\n')).toBe(true);
      }),
    );
  });

  it('keeps the subject as given, trailing blanks of the message included', () => {
    expect(formatCommitMessage({ subject: 'New s390x arch  (abc)' })).toBe('New s390x arch  (abc)\n');
  });

  it('separates subject, body, directive and trailers by empty lines, in this order', () => {
    const message = formatCommitMessage({
      subject: 'Watch core',
      text: 'The whole value.\n',
      skipCi: true,
      trailers: { agent: 'one', previous: undefined, extractor: '' },
    });
    expect(message).toBe('Watch core\n\nThe whole value.\n\n[skip ci]\n\nAgent: one\n');
  });

  it('reads no trailers from a subject alone, from other paragraphs, or of other names', () => {
    expect(parseTrailers('Agent: one\n')).toEqual({});
    expect(parseTrailers('New snap (1)\n\nAgent: one\n\nMore words.\n')).toEqual({});
    expect(parseTrailers('New snap (1)\n\nSigned-off-by: A <a@example.com>\nagent: two\nAgent: one\n')).toEqual({
      agent: 'one',
    });
  });

  it.each(['New snap (1)\n\n[CI skip]\n', 'New snap (1)\n\nskip-checks: true\n', 'New [no ci] snap (1)\n'])(
    'counts %j as history that is never due',
    (message) => {
      expect(isSkipped(message)).toBe(true);
    },
  );
});
