import { describe, expect, it } from 'vitest';
import { nearestWord } from '../../src/core/nearest.ts';

const KEYS = ['message', 'schedule', 'timezone', 'extract', 'accept', 'confirm', 'every', 'run'];

describe('nearestWord', () => {
  it.each([
    ['mesage', 'message'],
    ['messsage', 'message'],
    ['shcedule', 'schedule'],
    ['time_zone', 'timezone'],
    ['Extract', 'extract'],
    ['acept', 'accept'],
    ['evrey', 'every'],
    ['rum', 'run'],
  ])('takes %s for %s', (word, key) => {
    expect(nearestWord(word, KEYS)).toBe(key);
  });

  it.each(['interval', 'x', 'notification', ''])('guesses nothing for %j', (word) => {
    expect(nearestWord(word, KEYS.slice(0, 6))).toBeUndefined();
  });

  it('prefers the nearer of two, and the first of equals', () => {
    expect(nearestWord('bata', ['beta1', 'beta'])).toBe('beta');
    expect(nearestWord('b', ['ab', 'bc'])).toBe('ab');
  });

  it('finds nothing among no candidates', () => {
    expect(nearestWord('message', [])).toBeUndefined();
  });
});
