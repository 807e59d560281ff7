// What happened to the repository between two looks at it, told in one line each: branches and definitions come, go,
// are rewritten, break and are mended while the agent runs.
import { describeFailure } from '../core/failure.ts';
import type { Definition, Resource } from '../core/resource.ts';
import type { Repository } from '../git/repository.ts';
import type { Snapshot } from '../state/snapshot.ts';

/** How far below a new tip the old one is looked for before the branch counts as rewritten. */
const REWRITE_DEPTH = 1000;

/** Lines for people, in the order of the resources' names; empty where nothing but recorded changes happened. */
export async function newsBetween(
  before: Snapshot,
  after: Snapshot,
  repository: Repository,
): Promise<readonly string[]> {
  if (before === after) return [];
  const news: string[] = [];
  if (before.base?.branch !== after.base?.branch) {
    news.push(`the default branch is now ${after.base?.branch ?? 'missing'}`);
  }
  const branches = [...new Set([...before.byBranch.keys(), ...after.byBranch.keys()])].sort();
  for (const branch of branches) {
    const line = describeTurn(before.byBranch.get(branch), after.byBranch.get(branch));
    if (line !== null) news.push(line);
  }
  return [...news, ...(await describeRewrites(movesBetween(before, after), repository))];
}

function describeTurn(before: Resource | undefined, after: Resource | undefined): string | null {
  const name = after?.name ?? before?.name ?? '';
  if (after === undefined)
    return before?.state === 'no-definition' ? null : `${name}: the branch and its definition have gone`;
  switch (after.state) {
    case 'no-definition':
      return before === undefined || before.state === after.state ? null : `${name}: the definition has gone`;
    case 'not-started':
      return before?.state === after.state
        ? null
        : before?.tip == null
          ? `${name}: defined, not started (spread-cron start ${name} makes its branch)`
          : `${name}: the branch has gone (spread-cron start ${name} makes it again)`;
    case 'broken':
      return before?.state === 'broken' && before.failure.message === after.failure.message
        ? null
        : `${name}: the definition is broken: ${describeFailure(after.failure)}`;
    case 'watched':
      if (before === undefined || before.state === 'no-definition') return `${name}: watched from now on`;
      if (before.state === 'not-started') return `${name}: started`;
      if (before.state === 'broken') return `${name}: the definition is mended`;
      return sameDefinition(before.definition, after.definition) ? null : `${name}: the definition was edited`;
    default:
      return after satisfies never;
  }
}

function sameDefinition(before: Definition, after: Definition): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

interface Move {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

function movesBetween(before: Snapshot, after: Snapshot): readonly Move[] {
  const moves: Move[] = [];
  for (const resource of after.resources) {
    const from = before.byBranch.get(resource.branch)?.tip;
    if (resource.state === 'watched' && from != null && from !== resource.tip) {
      moves.push({ name: resource.name, from, to: resource.tip });
    }
  }
  return moves;
}

/** A change on top of the old tip is the ordinary case and costs one batch; only other moves are walked down. */
async function describeRewrites(moves: readonly Move[], repository: Repository): Promise<readonly string[]> {
  const tips = await repository.readCommits(moves.map(({ to }) => to));
  const rewritten: string[] = [];
  for (const { name, from, to } of moves) {
    if (tips.get(to)?.parents[0] === from || (await isBelow(from, to, repository))) continue;
    rewritten.push(`${name}: the branch was rewritten; its newest recorded value counts`);
  }
  return rewritten;
}

async function isBelow(older: string, tip: string, repository: Repository): Promise<boolean> {
  let depth = 0;
  for await (const commit of repository.firstParents(tip)) {
    if (commit.oid === older) return true;
    depth += 1;
    if (depth > REWRITE_DEPTH) break;
  }
  return false;
}
