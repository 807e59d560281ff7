// The composition root: configuration in, everything wired out. The only file that knows every room.
import type { Failure } from './core/failure.ts';
import type { Observation } from './core/observation.ts';
import type { CheckOutcome } from './core/outcome.ts';
import type { Definition, Layout, StepSpec } from './core/resource.ts';
import type { HistoryEntry } from './state/history.ts';
import type { Snapshot } from './state/snapshot.ts';
import type { StatusLine } from './pipeline/status.ts';

// The interface below is what cli/ is written against while the wiring is being built.

/** Everything a command can have done. Opened lazily: a command pays only for what it uses. */
export interface App {
  /** URL of the resources repository without credentials. */
  readonly url: string;
  /** One round now, by the live agent where one runs, else by this process. */
  check(request: CheckRequest, signal: AbortSignal): Promise<CheckReport>;
  /** Extracts without writing anything and tells what every step gave. `target` is a resource's name or a file's path. */
  attempt(target: string, onStep: (step: AttemptedStep) => void, signal: AbortSignal): Promise<Attempt>;
  status(names: readonly string[], signal: AbortSignal): Promise<StatusReport>;
  /** Changes of one resource, newest first, lazily. */
  history(name: string, signal: AbortSignal): AsyncIterable<HistoryEntry>;
  /** Every definition of the repository (or those named), with what is wrong with it. */
  validate(names: readonly string[], signal: AbortSignal): Promise<readonly Validated[]>;
  /** The definition in a file on disk, checked as `validate FILE` and `add-resource --file` do. */
  readDefinitionFile(path: string, name: string): Promise<Definition | Failure>;
  /** Extracts the values of resources to be made; nothing is written yet. */
  prepare(resources: readonly ResourceRequest[], signal: AbortSignal): Promise<readonly Prepared[]>;
  /** Pushes what was prepared. */
  add(prepared: readonly Prepared[], first: 'baseline' | 'due', signal: AbortSignal): Promise<ReadonlyMap<string, Failure | null>>;
  /** Definitions on the default branch without a branch, prepared like new resources. */
  prepareStart(names: readonly string[], signal: AbortSignal): Promise<readonly Prepared[]>;
  remove(names: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /** Polls until the signal is aborted. */
  agent(hooks: AgentHooks, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface CheckRequest {
  /** Names and globs; none: everything that is due. */
  readonly names: readonly string[];
  /** Everything, whatever the schedules say. */
  readonly all: 'all' | 'due';
  readonly write: 'write' | 'dry-run';
  readonly onOutcome: (outcome: CheckOutcome) => void;
  /** How many checks there will be. */
  readonly onPlan: (checks: number) => void;
}

export interface CheckReport {
  readonly outcomes: readonly CheckOutcome[];
  readonly remoteFailure: Failure | null;
}

/** One extract step as `try` shows it. Previews are text, shortened, control characters made visible. */
export interface AttemptedStep {
  /** Position from 1 and kind, such as `2 json`. */
  readonly step: string;
  readonly input: string | null;
  readonly output: string | null;
  readonly failure: Failure | null;
  readonly duration_ms: number;
}

export interface Attempt {
  readonly resource: string;
  readonly message: string;
  readonly observation: Observation;
  /** The newest recorded value, null where there is none or the target is a file. */
  readonly newest: HistoryEntry | null;
  /** What a check would do now: `new`, `changed`, `unchanged`, `nothing`, `failed`. */
  readonly would: CheckOutcome['outcome'];
  /** The subject it would write. */
  readonly subject: string | null;
  /** What to do about a failure, one sentence; null where there is none. */
  readonly remedy: string | null;
}

export interface StatusReport {
  readonly lines: readonly StatusLine[];
  /** Branches without a definition: left alone, counted. */
  readonly noDefinition: number;
  /** Null where the remote was looked at just now; else why not: what is shown is the mirror's last state. */
  readonly stale: Failure | null;
  readonly remote: { readonly failing_since: string | null; readonly error: string | null };
}

export interface Validated {
  readonly resource: string;
  readonly file: string | null;
  readonly failure: Failure | null;
}

/** A resource to be made, from flags or a file. */
export interface ResourceRequest {
  readonly name: string;
  readonly layout: Layout;
  readonly content:
    | { readonly kind: 'file'; readonly name: string; readonly bytes: Uint8Array }
    | {
        readonly kind: 'written';
        /** Keys of resource.yaml, steps included, as the user wrote them. */
        readonly written: Readonly<Record<string, unknown>>;
      };
}

export interface Prepared {
  readonly name: string;
  readonly definition: Definition | null;
  readonly observation: Observation | null;
  /** Why it cannot be made: the definition, the name, a branch that exists. */
  readonly failure: Failure | null;
}

export interface AgentHooks {
  onOutcome(outcome: CheckOutcome): void;
  /** A look at the repository found something else than the last one: branches came, went, were rewritten or edited. */
  onNews(news: string): void;
  onRound(snapshot: Snapshot | null, remoteFailure: Failure | null): void;
}

export type { StepSpec };
