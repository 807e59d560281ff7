// The contract of an extract step: one file per kind, in sources/ or filters/, exporting one value of this type, with
// one line in registry.ts, one test that runs test/contract/step.ts, one documented and executed example.
import type { z } from 'zod';
import type { Result } from '../core/result.ts';
import type { CertificateRequest, HostCertificate } from '../system/certificate.ts';
import type { Clock } from '../system/clock.ts';
import type { DnsQuestion } from '../system/dns.ts';
import type { HttpClient } from '../system/http.ts';
import type { Log } from '../system/log.ts';
import type { MachineSettings } from '../system/machine-settings.ts';

/** What flows between steps. */
export type Content =
  /** A document as it was fetched: bytes with what was told about them. */
  | {
      readonly kind: 'document';
      readonly body: Uint8Array;
      /** From the content type or the source; undefined means UTF-8. */
      readonly charset?: string | undefined;
      readonly contentType?: string | undefined;
      /** Response headers, names in lower case. */
      readonly headers?: Readonly<Record<string, string>> | undefined;
      readonly url?: string | undefined;
      /** Of the response. */
      readonly status?: number | undefined;
    }
  /** Text that a step narrowed. What was told about the document is gone: `header` takes the document, with `from`. */
  | { readonly kind: 'text'; readonly text: string }
  /** Candidates, in the order in which they were found; a following step narrows them to one. */
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** Not yet: ends the extraction without a value and without a failure. */
  | { readonly kind: 'nothing'; readonly why: string };

/** A change of a resource, as far as chains look at it. */
export interface ChangeResults {
  /** Oid of the change commit. */
  readonly commit: string;
  readonly value: string;
  /** In the order of their attempts; none where nothing ran so far. */
  readonly results: readonly Pick<Result, 'run' | 'attempt' | 'status'>[];
}

/** What a step may use besides its options and its input. Everything else is out of its reach. */
export interface StepContext {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly http: HttpClient;
  /** Runs a shell line (sources/shell.ts); the environment, directory and limits are the resource's. */
  readonly shell: ShellDoor;
  /** Lists the refs of a git remote (sources/git.ts). */
  readonly gitRefs: (
    url: string,
    signal: AbortSignal,
  ) => Promise<
    readonly {
      readonly name: string;
      readonly oid: string;
      readonly peeled?: string | undefined;
    }[]
  >;
  /** The certificate that a host shows, trusted or not (sources/certificate.ts). */
  readonly certificate: (request: CertificateRequest, signal: AbortSignal) => Promise<HostCertificate>;
  /** Records of a name as texts (sources/dns.ts). */
  readonly dns: (question: DnsQuestion, signal: AbortSignal) => Promise<readonly string[]>;
  /** Changes of another resource with their results, newest first, read no further than they are taken. A Failure
   * `definition` (see unknownResource) where there is no resource of this name. */
  readonly results: (resource: string, signal: AbortSignal) => Promise<AsyncIterable<ChangeResults>>;
  /** Reads a file below the definition's directory or a directory that the agent's configuration lists. */
  readonly readFile: (path: string, maxSize: number) => Promise<Uint8Array>;
  /** How the tools of this machine are configured, for addresses that a definition does not say. No tool is asked where
   * the policy forbids to run code. */
  readonly machine: MachineSettings;
  /** Replaces `${secret:NAME}` in a text that is sent to `host`; a Failure (`refused`) where the secret may not go there. */
  readonly resolveSecrets: (text: string, host: string) => string;
  /** Time zone of the resource where its definition names one. */
  readonly timezone: string | null;
  /** Outputs that earlier steps kept with `as`. */
  readonly kept: ReadonlyMap<string, Content>;
  /** One answer for identical requests of one round: same key, same promise. */
  readonly once: <T>(key: string, work: () => Promise<T>) => Promise<T>;
  /** Evaluates an expression where it can be stopped (jq, XPath, JSONPath filters): a worker with a deadline. */
  readonly evaluate: <T>(task: EvaluationTask, signal: AbortSignal) => Promise<T>;
}

/** What a step's check may use. */
export type CheckContext = Pick<StepContext, 'signal' | 'evaluate'>;

/** Work for the evaluation worker (worker.ts): plain data in and out. */
export interface EvaluationTask {
  readonly kind: 'jq' | 'xpath' | 'json' | 'css' | 'feed' | 'pattern';
  readonly expression: string;
  readonly text: string;
  /** Plain data that the kind understands (evaluation-*.ts). */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

export interface ShellDoor {
  run(
    request: {
      readonly script: string;
      readonly directory?: string | undefined;
      readonly env?: Readonly<Record<string, string>> | undefined;
      readonly timeout?: number | undefined;
      readonly maxOutput?: number | undefined;
    },
    signal: AbortSignal,
  ): Promise<{
    readonly stdout: Uint8Array;
    readonly stderr: string;
    readonly code: number;
  }>;
}

/** A kind of step. `Options` is what the schema makes of the written form. */
export interface StepType<Options> {
  /** `source` comes first and has no input, `filter` narrows what came before. */
  readonly role: 'source' | 'filter';
  /** One line for lists and completion. */
  readonly summary: string;
  /**
   * Schema of the whole written step less `as` and `from`: an object whose main argument stands under the step's kind,
   * such as `{ json: '$.revision', pick: 'only' }`. Strict: unknown keys are errors. Expressions are checked here.
   */
  readonly schema: z.ZodType<Options>;
  /**
   * Of a source: what its request is made of, where that is less than all options, such as the URL of a git remote. Where
   * it is equal, `once` can answer several resources of a round with one request.
   */
  request?(options: Options): string;
  /** Names of outputs that the options refer to, kept with `as` by earlier steps. */
  uses?(options: Options): readonly string[];
  /**
   * Checks what needs a heavy package to be read (jq, CSS and XPath expressions): a Failure `definition` where the
   * options can never work. Steps without it are checked completely by their schema.
   */
  check?(options: Options, context: CheckContext): Promise<void>;
  /** Throws a Failure where there is no honest answer; never returns a guess. */
  run(options: Options, input: Content, context: StepContext): Promise<Content>;
}
