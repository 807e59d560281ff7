import { describe, expect, it } from 'vitest';
import { beginsOnChange, beginsOnEvent, type PushFilter } from '../../src/core/workflow.ts';

const ALL: PushFilter = { branches: null, branchesIgnore: null, tagsOnly: false, byPaths: false };
const begins = (push: Partial<PushFilter>, branch = 'core-beta') =>
  beginsOnChange({ push: { ...ALL, ...push } }, branch);

describe('a pushed change', () => {
  it.each([
    [{}, 'yes'],
    [{ branchesIgnore: ['main'] }, 'yes'],
    [{ branchesIgnore: ['main', 'core-*'] }, 'no'],
    [{ branches: ['core-*'] }, 'yes'],
    [{ branches: ['snap-*'] }, 'no'],
    [{ branches: [] }, 'no'],
    [{ branches: ['**', '!core-beta'] }, 'no'],
    [{ branches: ['!core-beta', '**'] }, 'yes'],
    [{ tagsOnly: true }, 'no'],
    [{ byPaths: true }, 'filtered by paths'],
    [{ byPaths: true, branches: ['main'] }, 'no'],
  ] as const)('meets %j: %s', (push, answer) => {
    expect(begins(push)).toBe(answer);
  });

  it('begins nothing that does not listen to pushes', () => {
    expect(beginsOnChange({ push: null }, 'core-beta')).toBe('no');
  });

  // the table of "Filter pattern cheat sheet"
  it.each([
    ['feature/*', 'feature/my-branch', true],
    ['feature/*', 'feature/your/branch', false],
    ['feature/**', 'feature/beta-a/my-branch', true],
    ['*', 'releases', true],
    ['*', 'mona/octocat', false],
    ['**', 'all/the/branches', true],
    ['*feature', 'ver-10-feature', true],
    ['v2*', 'v2.9', true],
    ['v[12].[0-9]+.[0-9]+', 'v1.10.1', true],
    ['v[12].[0-9]+.[0-9]+', 'v3.1.0', false],
    ['colou?r', 'color', true],
    ['a.b', 'axb', false],
    ['a\\*b', 'a*b', true],
    ['a(b', 'a(b', true],
    ['[z-a]', 'z', false],
  ])('meets the filter %j as GitHub means it: %s %s', (pattern, branch, matches) => {
    expect(begins({ branches: [pattern] }, branch)).toBe(matches ? 'yes' : 'no');
  });
});

it('an event begins what listens to its type, or to all', () => {
  expect(beginsOnEvent({ events: null }, 'spread-cron')).toBe(false);
  expect(beginsOnEvent({ events: [] }, 'spread-cron')).toBe(true);
  expect(beginsOnEvent({ events: ['other'] }, 'spread-cron')).toBe(false);
  expect(beginsOnEvent({ events: ['other', 'spread-cron'] }, 'spread-cron')).toBe(true);
});
