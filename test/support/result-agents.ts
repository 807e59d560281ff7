// Agents that write results into one origin, each with a mirror of its own.
import { join } from 'node:path';
import type { Result } from '../../src/core/result.ts';
import type { Repository } from '../../src/git/repository.ts';
import { createResults } from '../../src/state/git-results.ts';
import type { Claim, Results } from '../../src/state/results.ts';
import { systemClock } from '../../src/system/clock.ts';
import { git } from './git-origin.ts';
import { type GitWorld, refresh } from './git-world.ts';

export const CLAIMS = 'refs/spread-cron/claims/';
export const HOUR = 3_600_000;

export interface ResultAgent {
  readonly repository: Repository;
  readonly results: Results;
  readonly said: string[];
  /** Pushes so far. */
  pushes(): number;
  write(commit: string, result: Result, releases?: boolean): Promise<void>;
  /** What a fresh listing has of these changes. */
  now(commits: readonly string[]): Promise<ReadonlyMap<string, readonly Result[]>>;
}

/** An agent of that id; its clock can be ahead. `directory` is below the world's. */
export async function resultAgent(
  world: GitWorld,
  id: string,
  options: { readonly ahead?: number; readonly directory?: string } = {},
): Promise<ResultAgent> {
  const opened = await world.open({ directory: join(world.path, options.directory ?? id, 'mirror.git') });
  let pushes = 0;
  const repository: Repository = {
    ...opened,
    push: (...given) => {
      pushes++;
      return opened.push(...given);
    },
  };
  await refresh(repository);
  const said: string[] = [];
  const results = createResults({
    repository,
    identity: { name: 'Robot', email: 'robot@example.com' },
    agentId: id,
    clock: { ...systemClock, now: () => systemClock.now() + (options.ahead ?? 0) },
    log: { warn: (message) => said.push(message), info: () => {}, debug: () => {} },
    random: () => 0.5,
  });
  return {
    repository,
    results,
    said,
    pushes: () => pushes,
    write: (commit, result, releases = false) => results.write({ commit, result, releases }),
    now: async (commits) => results.of(await refresh(repository), commits),
  };
}

/** The note on a commit, as git shows it. */
export function shownNote(world: GitWorld, commit: string): string {
  return git(world.origin, ['notes', '--ref=spread-cron', 'show', commit]);
}

/** Names of the claims that the origin has, a line each. */
export function claimRefs(world: GitWorld): string {
  return git(world.origin, ['for-each-ref', '--format=%(refname)', CLAIMS]);
}

/** A claim for an hour from now, unless said otherwise. */
export function claimOf(agent: string, run = 'r1', deadline: number = systemClock.now() + HOUR): Claim {
  return { agent, run, deadline };
}
