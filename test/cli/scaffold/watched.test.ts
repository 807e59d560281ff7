// What `watch` makes of a page: a name and a definition.
import { describe, expect, it } from 'vitest';
import { watchedPage } from '../../../src/cli/scaffold/watched.ts';

const URL_OF_APP = 'https://www.example.com/latest.json';

describe('the name of a watched page', () => {
  it.each([
    ['https://www.example.com/', 'www.example.com'],
    ['https://www.example.com/latest.json', 'www.example.com-latest.json'],
    ['https://WWW.Example.com:8443/a//b/?v=1#top', 'www.example.com-a-b'],
    ['https://example.com/%C3%A9t%C3%A9/..x', 'example.com-c3-a9t-c3-a9-x'],
    ['https://example.com/packages.lock', 'example.com-packages'],
    [`https://example.com/${'a'.repeat(100)}`, `example.com-${'a'.repeat(48)}`],
  ])('at %s is %s', (url, name) => {
    expect(watchedPage(url, {}, '/').name).toBe(name);
  });

  it('can be another, that a branch can have', () => {
    expect(watchedPage(URL_OF_APP, { name: 'app' }, '/').name).toBe('app');
    expect(() => watchedPage(URL_OF_APP, { name: 'a b' }, '/')).toThrow(/holds a space/);
  });

  it.each(['example.com', 'ftp://example.com/x', ''])('is none for %o, which is no page', (url) => {
    expect(() => watchedPage(url, {}, '/')).toThrow(/write the address of a page/);
  });
});

describe('the definition of a watched page', () => {
  it('takes a digest of it where no steps are given', () => {
    expect(watchedPage(URL_OF_APP, { name: 'app' }, '/').written).toEqual({
      message: 'New app',
      extract: [{ http: URL_OF_APP }, { hash: 'sha256' }],
      run: undefined,
    });
    expect(watchedPage(URL_OF_APP, { step: ['http.timeout=5s'] }, '/').written.extract).toEqual([
      { http: URL_OF_APP, timeout: '5s' },
      { hash: 'sha256' },
    ]);
  });

  it('has the steps in order, and runs the command where its author stood', () => {
    const flags = {
      name: 'app',
      message: 'A new one',
      step: ['json=$.version', 'regex=\\d+'],
      run: './build $SC_VALUE',
    };
    expect(watchedPage(URL_OF_APP, flags, "/home/it's mine").written).toEqual({
      message: 'A new one',
      extract: [{ http: URL_OF_APP }, { json: '$.version' }, { regex: '\\d+' }],
      run: { tasks: { run: { script: ["cd '/home/it'\\''s mine'", './build $SC_VALUE'] } } },
    });
  });
});
