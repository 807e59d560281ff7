// The names of files of Python projects.
import { describe, expect, it } from 'vitest';
import { normalizedName, versionOfFile } from '../../../src/extract/packages/project-files.ts';

describe('the version in the name of a file', () => {
  it.each([
    ['requests-2.32.0.tar.gz', 'requests', '2.32.0'],
    ['requests-2.32.0-py3-none-any.whl', 'requests', '2.32.0'],
    ['My.Big_Project-1.0rc1.zip', 'my-big-project', '1.0rc1'],
    ['my_big_project-1.0-1-cp312-cp312-linux_x86_64.whl', 'My-Big-Project', '1.0'],
    // as source archives were called before names were normalised
    ['my-big-project-1.0-post1.tar.gz', 'my_big_project', '1.0-post1'],
    ['requests-2.0-py2.7.egg', 'requests', null],
    ['requests-2.0.tar.gz.asc', 'requests', null],
    ['other-2.0.tar.gz', 'requests', null],
    ['other-2.0-py3-none-any.whl', 'requests', null],
    ['requests.tar.gz', 'requests', null],
  ])('%s', (filename, project, version) => {
    expect(versionOfFile(filename, project)).toBe(version);
  });
});

it('knows a project by any spelling of its name', () => {
  expect(['Foo.Bar', 'foo__bar', 'foo-.-bar'].map(normalizedName)).toEqual(['foo-bar', 'foo-bar', 'foo-bar']);
});
