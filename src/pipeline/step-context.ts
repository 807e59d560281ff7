// What extract steps may use, made for one resource: every door is narrowed to what this resource is allowed.
import { Failure } from '../core/failure.ts';
import type { ClassicSeen } from '../extract/classic-output.ts';
import type { ExtractContext } from '../extract/extract.ts';
import type { StepContext } from '../extract/step.ts';
import type { WorkPlace } from '../state/work-trees.ts';
import type { Clock } from '../system/clock.ts';
import { readFileBelow } from '../system/files.ts';
import type { HttpClient } from '../system/http.ts';
import type { Log } from '../system/log.ts';
import type { MachineSettings } from '../system/machine-settings.ts';
import type { ChainDoor } from './chain.ts';
import type { Observed } from './observed.ts';

export interface Doors {
  readonly clock: Clock;
  readonly log: Log;
  readonly http: HttpClient;
  readonly gitRefs: StepContext['gitRefs'];
  readonly certificate: StepContext['certificate'];
  readonly dns: StepContext['dns'];
  /** Missing where there is no repository. */
  readonly results?: ChainDoor | undefined;
  readonly machine: MachineSettings;
  readonly resolveSecrets: StepContext['resolveSecrets'];
  /** The text without secret values. */
  readonly redact: (text: string) => string;
  readonly evaluate: StepContext['evaluate'];
  /** A shell that begins in the definition's directory. */
  shell(directory: () => Promise<string>): StepContext['shell'];
  /** Evaluates a classic definition in its directory; throws a Failure where there is no honest answer. */
  classic(file: 'options' | 'trigger', place: WorkPlace, signal: AbortSignal): Promise<ClassicSeen>;
  /** Directories outside definitions that `file` may read. */
  readonly directories: readonly string[];
  /** `untrusted` refuses everything that would run code of the resources repository. */
  readonly policy: 'trusted' | 'untrusted';
}

/** One answer for identical requests: of one round, or of nobody where an observation must be fresh. */
export type Once = StepContext['once'];

/** Shares answers by key for as long as it is kept. */
export function createOnce(): Once {
  const answers = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>) => {
    const known = answers.get(key) ?? work();
    answers.set(key, known);
    return known as Promise<T>;
  };
}

/** Shares nothing. */
export const ALWAYS: Once = (_key, work) => work();

export function stepContext(options: {
  readonly doors: Doors;
  readonly observed: Observed;
  readonly place: () => Promise<WorkPlace>;
  readonly once: Once;
  readonly signal: AbortSignal;
}): ExtractContext {
  const { doors, observed, place, once, signal } = options;
  return {
    signal,
    clock: doors.clock,
    log: doors.log,
    http: doors.http,
    gitRefs: doors.gitRefs,
    certificate: doors.certificate,
    dns: doors.dns,
    results: async (resource) => {
      if (doors.results !== undefined) return doors.results(observed.name, resource);
      throw new Failure('refused', 'results are known in a repository only, not for a file by itself', { resource });
    },
    machine: doors.policy === 'untrusted' ? { ...doors.machine, ask: async () => null } : doors.machine,
    resolveSecrets: doors.resolveSecrets,
    evaluate: doors.evaluate,
    timezone: observed.definition.timezone,
    once,
    shell: {
      run: async (request, runSignal) => {
        assertTrusted(doors.policy, 'shell steps');
        return doors.shell(async () => (await place()).directory).run(request, runSignal);
      },
    },
    readFile: async (path, maxSize) => {
      const { directory } = await place();
      return readFileBelow([directory, ...doors.directories], path, maxSize);
    },
  };
}

/** Throws a Failure `refused` that names the key where the policy forbids running code of the resources repository. */
export function assertTrusted(policy: Doors['policy'], what: string): void {
  if (policy === 'untrusted') {
    throw new Failure('refused', 'policy: untrusted runs no code of the resources repository', { what });
  }
}
