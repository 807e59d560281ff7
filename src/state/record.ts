// Recording a change as compare-and-swap: an empty commit on the tip that the observation was decided on, pushed
// together with whatever else is ready. Nothing is recorded before the push is accepted.
import { createBatches } from '../concurrency/batches.ts';
import { formatCommitMessage, type Trailers } from '../core/change-commit.ts';
import { type Failure, toFailure } from '../core/failure.ts';
import { formatSubject } from '../core/subject.ts';
import { encodeCommit } from '../git/objects.ts';
import type { Identity, NewObject, PushResult, RefUpdate, Repository } from '../git/repository.ts';
import type { Clock } from '../system/clock.ts';

/** A change to record. */
export interface Change {
  readonly branch: string;
  /** The tip that the observation was decided on, and its tree. */
  readonly tip: string;
  readonly tree: string;
  readonly message: string;
  readonly value: string;
  /** The whole text where the value is its digest. */
  readonly full?: string | undefined;
  /** When it was seen, milliseconds since the epoch. */
  readonly observedAt: number;
  /** A re-baseline or baseline: history, but never due. */
  readonly skipCi: boolean;
  readonly trailers: Trailers;
}

export type Recorded =
  | { readonly kind: 'recorded'; readonly commit: string }
  /** A dry run: it would have been recorded. */
  | { readonly kind: 'not-written' }
  /** The tip moved: the observation is old and must be made again. */
  | { readonly kind: 'stale' }
  /** A hook or a rule of the server refused the ref. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Nothing is known to have arrived. */
  | { readonly kind: 'unsent'; readonly failure: Failure };

export interface Recorder {
  record(change: Change): Promise<Recorded>;
  /** Tells that nothing more will come soon: what waits for company goes now. */
  flush(): void;
}

/** How long a ready change waits for company, in milliseconds: until nothing came for `quiet`, at most `longest`. */
const COMPANY = { quiet: 20, longest: 400 } as const;

interface Waiting {
  readonly update: RefUpdate & { readonly next: string };
  readonly object: NewObject;
  readonly settle: (recorded: Recorded) => void;
}

/** A recorder whose pushes carry everything that is ready: one in flight at a time, the next takes what came meanwhile. */
export function createRecorder(options: {
  readonly repository: Repository;
  readonly identity: Identity;
  readonly clock: Clock;
}): Recorder {
  const { repository, clock } = options;
  const batches = createBatches({ send, company: COMPANY, clock });

  async function send(batch: readonly Waiting[]): Promise<void> {
    const updates = batch.map(({ update }) => update);
    const objects = batch.map(({ object }) => object);
    try {
      // a push that has begun ends, also when we are told to stop: only then is it known what was recorded
      const results = await repository.push(updates, objects, new AbortController().signal);
      for (const { update, settle } of batch) settle(toRecorded(results.get(update.ref), update.next));
    } catch (error) {
      const failure = toFailure(error);
      for (const { settle } of batch) settle({ kind: 'unsent', failure });
    }
  }

  return {
    record(change) {
      const object = changeCommit(change, options.identity);
      return new Promise((settle) => {
        const update = { ref: `refs/heads/${change.branch}`, expected: change.tip, next: object.oid };
        batches.add({ update, object, settle });
      });
    },
    flush: batches.flush,
  };
}

/** The decorator for --dry-run: says what would be recorded and writes nothing. */
export function dryRecorder(): Recorder {
  return {
    record: async () => ({ kind: 'not-written' }),
    flush: () => {},
  };
}

/** The commit object of a change: same tree as its parent, author date = time of observation. */
function changeCommit(change: Change, identity: Identity): NewObject {
  return encodeCommit({
    tree: change.tree,
    parents: [change.tip],
    identity,
    authoredAt: change.observedAt,
    message: formatCommitMessage({
      subject: formatSubject(change.message, change.value),
      text: change.full,
      skipCi: change.skipCi,
      trailers: change.trailers,
    }),
  });
}

function toRecorded(result: PushResult | undefined, commit: string): Recorded {
  switch (result?.kind) {
    case 'accepted':
      return { kind: 'recorded', commit };
    case 'refused':
      return { kind: 'refused', message: result.message };
    case 'stale':
    case undefined:
      return { kind: 'stale' };
    default:
      return result satisfies never;
  }
}
