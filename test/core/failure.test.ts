import { describe, expect, it } from 'vitest';
import { describeFailure, Failure, toFailure } from '../../src/core/failure.ts';

describe('a failure', () => {
  it('tells its message and its details in one line, and leaves out what is not known', () => {
    const failure = new Failure('http-status', 'the server answered with an error', {
      status: 503,
      retry_after: undefined,
      url: 'https://example.com/',
      body: '',
      step: null,
    });
    expect(describeFailure(failure)).toBe('the server answered with an error (status 503, url https://example.com/)');
    expect(describeFailure(new Failure('usage', 'name a resource'))).toBe('name a resource');
  });

  it('knows whether trying again can help, and which exit status it gives', () => {
    expect(new Failure('unreachable', 'x')).toMatchObject({ retry: true, exitCode: 1 });
    expect(new Failure('no-match', 'x')).toMatchObject({ retry: false, exitCode: 1 });
    expect(new Failure('usage', 'x')).toMatchObject({ retry: false, exitCode: 2 });
    expect(new Failure('remote-unreachable', 'x')).toMatchObject({ exitCode: 5 });
  });

  it('passes through toFailure as it is', () => {
    const failure = new Failure('no-match', 'x');
    expect(toFailure(failure)).toBe(failure);
  });

  it('is made of an abort as cancelled, and of anything else as internal, with its cause', () => {
    const abort = new DOMException('aborted', 'AbortError');
    expect(toFailure(abort)).toMatchObject({ reason: 'cancelled', cause: abort });
    const bug = new TypeError('x is undefined');
    expect(toFailure(bug)).toMatchObject({ reason: 'internal', details: { error: 'x is undefined' }, cause: bug });
    expect(toFailure('thrown text')).toMatchObject({ reason: 'internal', details: { error: 'thrown text' } });
  });
});
