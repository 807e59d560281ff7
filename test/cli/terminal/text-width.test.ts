import { describe, expect, it } from 'vitest';
import { cutTo } from '../../../src/cli/terminal/text-width.ts';

describe('cutting text', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly10!', 10, 'exactly10!'],
    ['longer than ten', 10, 'longer th…'],
    ['古い値', 5, '古い…'],
    ['古い値', 4, '古…'],
    ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5, '👩‍👩‍👧👩‍👩‍👧…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['한글 파일', 6, '한글 …'],
    ['🇩🇪🇫🇷🇮🇹', 5, '🇩🇪🇫🇷…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('%j to %i columns gives %j', (text, width, cut) => {
    expect(cutTo(text, width)).toBe(cut);
  });
});
