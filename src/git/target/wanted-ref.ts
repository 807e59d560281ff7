// What of a target repository is wanted: a definition's `ref` looked up in what the repository has.
import { Failure } from '../../core/failure.ts';
import { nearestWord } from '../../core/nearest.ts';
import type { RemoteRefs } from '../transport/ref-listing.ts';

export interface WantedRef {
  readonly kind: 'branch' | 'tag' | 'other' | 'commit';
  /** Name of the branch or tag, full name of another ref, oid of a commit. */
  readonly name: string;
  /** What is fetched: a full ref name, or an oid. */
  readonly source: string;
  /** Where the cache keeps it, a full ref name. */
  readonly kept: string;
  /** What the remote says it is; of an annotated tag the tag itself. */
  readonly oid: string;
}

const BRANCHES = 'refs/heads/';
const TAGS = 'refs/tags/';
/** Refs of the cache that are no branches and tags of the remote. */
export const KEPT_COMMITS = 'refs/spread-cron/commits/';
const KEPT_OTHERS = 'refs/spread-cron/others/';

/**
 * Branch, tag, full ref name or full oid, in this order; null is the remote's HEAD. Throws a Failure `not-found` with
 * what there is like it.
 */
export function wantedRef(listing: RemoteRefs, ref: string | null, url: string): WantedRef {
  const oids = new Map(listing.refs.map(({ name, oid }) => [name, oid]));
  const found = ref === null ? headOf(listing, oids) : named(oids, ref);
  if (found !== null) return found;
  if (ref === null)
    throw new Failure('not-found', 'the target has no default branch: push to it, or name a ref', { url });
  const names = listing.refs.flatMap(({ name }) =>
    name.startsWith(BRANCHES) ? [name.slice(BRANCHES.length)] : name.startsWith(TAGS) ? [name.slice(TAGS.length)] : [],
  );
  const near = nearestWord(ref, names);
  if (/^[0-9a-f]{7,39}$/i.test(ref))
    throw new Failure('not-found', 'the target has no such branch or tag, and commits are named by all 40 digits', {
      url,
      ref,
    });
  throw new Failure('not-found', 'the target has no such branch or tag, correct the ref', {
    url,
    ref: ref.slice(0, 200),
    did_you_mean: near,
    it_has: near === undefined ? shortList(names) : undefined,
  });
}

function named(oids: ReadonlyMap<string, string>, ref: string): WantedRef | null {
  const branch = oids.get(BRANCHES + ref);
  if (branch !== undefined) return ofRef('branch', ref, BRANCHES + ref, branch);
  const tag = oids.get(TAGS + ref);
  if (tag !== undefined) return ofRef('tag', ref, TAGS + ref, tag);
  if (ref.startsWith(BRANCHES) && oids.has(ref)) return named(oids, ref.slice(BRANCHES.length));
  if (ref.startsWith(TAGS) && oids.has(ref)) return named(oids, ref.slice(TAGS.length));
  const other = ref.startsWith('refs/') ? oids.get(ref) : undefined;
  if (other !== undefined)
    return {
      kind: 'other',
      name: ref,
      source: ref,
      kept: `${KEPT_OTHERS}${ref.slice('refs/'.length)}`,
      oid: other,
    };
  return /^[0-9a-f]{40}$/i.test(ref) ? ofCommit(ref.toLowerCase()) : null;
}

/** The default branch, or the commit where HEAD is detached; null for an empty repository. */
function headOf(listing: RemoteRefs, oids: ReadonlyMap<string, string>): WantedRef | null {
  const { head } = listing;
  const tip = head === null ? undefined : oids.get(head);
  if (head?.startsWith(BRANCHES) === true && tip !== undefined)
    return ofRef('branch', head.slice(BRANCHES.length), head, tip);
  const detached = oids.get('HEAD');
  return detached === undefined ? null : ofCommit(detached);
}

function ofRef(kind: 'branch' | 'tag', name: string, full: string, oid: string): WantedRef {
  return { kind, name, source: full, kept: full, oid };
}

function ofCommit(oid: string): WantedRef {
  return { kind: 'commit', name: oid, source: oid, kept: KEPT_COMMITS + oid, oid };
}

function shortList(names: readonly string[]): string {
  if (names.length === 0) return 'no branches';
  const first = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${first} and ${names.length - 5} more` : first;
}
