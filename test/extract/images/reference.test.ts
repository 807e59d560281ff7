// Names of images as people write them.
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/extract/images/reference.ts';

describe('the name of an image', () => {
  it.each([
    ['registry.example.com/app', 'https://registry.example.com', 'app', null],
    [
      'registry.example.com/team/my-app_x.y/z:1.2-rc_1',
      'https://registry.example.com',
      'team/my-app_x.y/z',
      '1.2-rc_1',
    ],
    ['localhost/app:1', 'https://localhost', 'app', '1'],
    ['registry:5000/app:1', 'https://registry:5000', 'app', '1'],
    ['http://127.0.0.1:5000/app', 'http://127.0.0.1:5000', 'app', null],
    ['https://registry.example.com:443/app', 'https://registry.example.com', 'app', null],
  ])('%s', (written, origin, repository, tag) => {
    expect(parseReference(written)).toEqual({ origin, repository, tag });
  });

  it.each([
    ['app', /write HOST\/NAME:TAG.*no host is the default/],
    ['team/app:1', /no host is the default/],
    ['registry.example.com', /no host is the default/],
    ['me:pw@registry.example.com/app', /no host is the default/],
    ['registry.example.com/app@sha256:00', /a digest is always the same/],
    ['registry.example.com/App', /not the name of a repository/],
    ['registry.example.com/../app', /not the name of a repository/],
    ['ftp://registry.example.com/app', /not the name of a repository/],
    ['registry.example.com/app:', /not a tag/],
    ['registry.example.com/app:a b', /not a tag/],
  ])('is not %s', (written, problem) => {
    expect(parseReference(written)).toMatch(problem);
  });
});
