// The state directory of one resources repository: where its parts are. Everything in it can be deleted and rebuilt
// from the remote, less what only this agent knows (counts of failures, pending confirmations).
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';

export interface StateDirectory {
  readonly root: string;
  /** The bare mirror of the resources repository. */
  readonly mirror: string;
  /** What this agent remembers between rounds: failures, sightings, last values (memory.ts). */
  readonly memory: string;
  /** What was worked out from the mirror, to start faster (kept.ts). */
  readonly kept: string;
  /** Held by the agent for its life. */
  readonly agentLock: string;
  /** Work trees of classic and shell definitions, one per tree that holds some. */
  readonly workTrees: string;
  /** `SNAP_COMMON` of each resource that evaluates classic shell. */
  readonly common: string;
  /** The database of run records, the logs of tasks, the workspaces of runs, the caches of target repositories. */
  readonly records: string;
  /** Held by whoever begins a run or looks for runs of dead processes. */
  readonly runsLock: string;
  readonly logs: string;
  readonly workspaces: string;
  readonly targets: string;
}

/** Twelve hex digits that stand for a repository, from its URL without credentials. */
export function repositoryKey(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 12);
}

/** Paths below `base` for a repository: `<host>-<name>-<12 hex of the SHA-256 of the URL without credentials>`. */
export function stateDirectory(base: string, url: string): StateDirectory {
  const host = /^[a-z+]+:\/\/([^/:]+)/i.exec(url)?.[1] ?? /^(?:[^@/]+@)?([^/:]+):/.exec(url)?.[1] ?? 'local';
  const name = basename(url.replace(/\/+$/, '').replace(/\.git$/, '')) || 'repository';
  const root = join(base, [host, name, repositoryKey(url)].map(fileSafe).join('-'));
  return {
    root,
    mirror: join(root, 'mirror.git'),
    memory: join(root, 'memory.json'),
    kept: join(root, 'kept.json'),
    agentLock: join(root, 'agent.lock'),
    workTrees: join(root, 'work'),
    common: join(root, 'common'),
    records: join(root, 'runs.db'),
    runsLock: join(root, 'runs.lock'),
    logs: join(root, 'logs'),
    workspaces: join(root, 'workspaces'),
    targets: join(root, 'targets'),
  };
}

/** A text as one file name, without loss: everything unusual is percent-encoded. */
export function fileSafe(text: string): string {
  return encodeURIComponent(text).replace(/^\.|[*']/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
