import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileSafe, repositoryKey, stateDirectory } from '../../src/state/state-directory.ts';

describe('the state directory', () => {
  it.each([
    ['https://git.example.com/team/resources.git', 'git.example.com-resources-'],
    ['https://git.example.com:8443/team/resources', 'git.example.com-resources-'],
    ['ssh://git@git.example.com/team/resources.git', 'git@git.example.com-resources-'],
    ['git@git.example.com:team/resources.git', 'git.example.com-resources-'],
    ['/srv/git/resources.git', 'local-resources-'],
  ])('of %s is named after host, name and the address', (url, prefix) => {
    const { root } = stateDirectory('/base', url);
    expect(root.replaceAll('%40', '@')).toBe(`/base/${prefix}${repositoryKey(url)}`);
    expect(repositoryKey(url)).toMatch(/^[0-9a-f]{12}$/);
  });

  it('has one file name for each name, and none that leads elsewhere', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ minLength: 1, unit: 'grapheme' }),
        (one, other) => {
          expect(fileSafe(one)).not.toMatch(/[/\0]|^\.{1,2}$/);
          expect(fileSafe(one) === fileSafe(other)).toBe(one === other);
        },
      ),
    );
  });
});
