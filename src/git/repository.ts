// The contract of the resources repository: a remote and its bare mirror in the state directory. Two engines implement
// it (the git command, isomorphic-git); test/contract/repository.ts proves them equal. Our own few verbs, no more.

/** What a remote has, from one listing. Branch names are without `refs/heads/`. */
export interface RefListing {
  readonly branches: ReadonlyMap<string, string>;
  /** Name of the branch that HEAD points to; null for an empty repository or a dangling HEAD. */
  readonly defaultBranch: string | null;
  /** Refs outside refs/heads/ and refs/tags/ that are ours: `refs/notes/spread-cron`, `refs/spread-cron/…`. */
  readonly own: ReadonlyMap<string, string>;
}

export interface Commit {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Raw first line of the message. */
  readonly subject: string;
  /** The whole message. */
  readonly message: string;
  /** Author date in milliseconds since the epoch (committer dates are rewritten by rebases and mean nothing). */
  readonly authoredAt: number;
}

export interface TreeEntry {
  /** Path from the root of the listed tree, `/` between segments. */
  readonly path: string;
  readonly mode: '100644' | '100755' | '120000' | '160000' | '040000';
  readonly oid: string;
}

export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** A git object that exists in memory only; objects.ts makes them (encodeBlob, encodeTree, encodeCommit). */
export interface NewObject {
  readonly oid: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly body: Uint8Array;
}

/** One ref of a push, as compare-and-swap: `expected` null means absent, `next` null deletes. `ref` is a full name. */
export interface RefUpdate {
  readonly ref: string;
  readonly expected: string | null;
  readonly next: string | null;
}

export type PushResult =
  | { readonly kind: 'accepted' }
  /** The ref was not what we expected: somebody else was faster. */
  | { readonly kind: 'stale' }
  /** A hook, a protection rule or the server's policy; `message` is what it said. */
  | { readonly kind: 'refused'; readonly message: string };

export interface Repository {
  /** The remote without credentials, for messages. */
  readonly url: string;
  /** Asks the remote. Throws Failures: `remote-unreachable`, `authentication-failed`, `not-found`. */
  listRefs(signal: AbortSignal): Promise<RefListing>;
  /** What the mirror knew when it was last brought up to date; works offline and never waits for a lock. */
  mirroredRefs(): Promise<RefListing>;
  /**
   * Makes every object of the listed refs readable, and the mirror's refs equal to the listing. Does nothing, cheaply,
   * where they already are. Rebuilds a damaged mirror from the remote and says so. Takes the mirror's lock; with
   * `lock: 'try'` resolves to false at once where another process holds it.
   */
  sync(listing: RefListing, options: { readonly lock: 'wait' | 'try' }, signal: AbortSignal): Promise<boolean>;
  /** Commits by oid, in one batch. An oid that the mirror lacks is a Failure `mirror-damaged`. */
  readCommits(oids: readonly string[]): Promise<ReadonlyMap<string, Commit>>;
  /** Commits along first parents from the tip, newest first; lazily, in growing batches, so that stopping early is cheap. */
  firstParents(tip: string): AsyncIterable<Commit>;
  /** All entries below `path` (recursive, blobs only) of a commit's or tree's tree; empty where there is no such path. */
  listFiles(treeish: string, path?: string): Promise<readonly TreeEntry[]>;
  /** Direct entries of a tree (not recursive). */
  listTree(treeish: string): Promise<readonly TreeEntry[]>;
  /** Direct entries of the root trees of many commits or trees, in one batch. */
  listTrees(treeishes: readonly string[]): Promise<ReadonlyMap<string, readonly TreeEntry[]>>;
  /** Blobs by oid, in one batch; one larger than `maxSize` bytes is left out of the answer. */
  readBlobs(oids: readonly string[], maxSize: number): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Sends new objects and moves refs, each as compare-and-swap. Splits by the remote's largest push, halves a push that
   * was refused whole until the refused ref stands alone. What was accepted is in the mirror when this resolves.
   * Throws only where nothing is known of any ref (`remote-unreachable`, `authentication-failed`): list again then.
   * `atomic` asks the remote for all or nothing, in one request: a remote that cannot do that moves each ref by itself.
   */
  push(
    updates: readonly RefUpdate[],
    objects: readonly NewObject[],
    signal: AbortSignal,
    options?: { readonly atomic: boolean },
  ): Promise<ReadonlyMap<string, PushResult>>;
  /** Writes the tree's files into a directory without `.git`: only what differs from the last time; untracked files survive. */
  checkout(treeish: string, directory: string): Promise<void>;
  close(): Promise<void>;
}
