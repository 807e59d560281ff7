import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchNameProblem } from '../../src/core/branch-name.ts';

describe('names of branches', () => {
  it.each(['main', 'watch/core22-beta', 'a/b/c', 'ünï/日本', 'v1.2', 'a@b', 'x{y}', 'with-dash', "it's"])(
    'may be %s',
    (name) => {
      expect(branchNameProblem(name)).toBeNull();
    },
  );

  it.each([
    ['', 'empty'],
    ['a b', 'space'],
    ['a\u00a0b', 'space'],
    ['-x', 'dash'],
    ['--upload-pack=evil', 'dash'],
    ['a..b', '..'],
    ['a@{1}', '@{'],
    ['@', 'meaning'],
    ['HEAD', 'meaning'],
    ['refs/heads/a', 'meaning'],
    ['a/', 'empty'],
    ['/a', 'empty'],
    ['a//b', 'empty'],
    ['.a', 'dot'],
    ['a/.b', 'dot'],
    ['a.', 'dot'],
    ['a.lock', '.lock'],
    ['a.lock/b', '.lock'],
    ['a\nb', 'control'],
    ['a\u007f', 'control'],
    ['a~1', '~'],
    ['a^', '^'],
    ['a:b', ':'],
    ['a?', '?'],
    ['a*', '*'],
    ['a[b', '['],
    ['a\\b', '\\'],
    ['\ud800', 'Unicode'],
    ['x'.repeat(201), '200'],
  ])('may not be %j', (name, reason) => {
    expect(branchNameProblem(name)).toContain(reason);
  });

  it('that we admit are admitted by git', () => {
    const name = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'ab./@{}-~^: *[\\é\u200b\u0001') });
    fc.assert(
      fc.property(name, (text) => {
        fc.pre(branchNameProblem(text) === null);
        expect(spawnSync('git', ['check-ref-format', `refs/heads/${text}`]).status).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
