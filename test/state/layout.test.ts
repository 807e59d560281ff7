import { describe, expect, it } from 'vitest';
import type { TreeEntry } from '../../src/git/repository.ts';
import { byDirectory, definitionEntries } from '../../src/state/layout.ts';

const file = (path: string): TreeEntry => ({ path, mode: '100644', oid: '0'.repeat(40) });
const names = (paths: readonly string[]) => [...byDirectory(definitionEntries(paths.map(file))).keys()];

describe('the central layout', () => {
  it('names resources by their directories, slashes included', () => {
    expect(names(['branches/core/options', 'branches/core/run-checks', 'branches/a/b/resource.yaml'])).toEqual([
      'core',
      'a/b',
    ]);
  });

  it("takes what lies below a definition's directory for its own material", () => {
    expect(names(['branches/core/target/tests/options', 'branches/core/trigger', 'branches/x/y/options'])).toEqual([
      'core',
      'x/y',
    ]);
  });

  it('keeps both definitions of one directory, so that they can be told', () => {
    const both = byDirectory(definitionEntries(['branches/a/options', 'branches/a/resource.yaml'].map(file)));
    expect(both.get('a')?.map(({ path }) => path)).toEqual(['branches/a/options', 'branches/a/resource.yaml']);
  });

  it('knows no resource without a name', () => {
    expect(names(['branches/options'])).toEqual([]);
  });
});
