// The doors to the outside as the configuration allows them: opened once for a command, narrowed per resource by
// step-context.ts. Nothing here needs a repository.
import { Failure } from '../core/failure.ts';
import type { AgentConfig } from '../definition/agent-config.ts';
import { createClassicEvaluator } from '../extract/classic.ts';
import { createEvaluator } from '../extract/evaluate/threads.ts';
import { createShellDoor } from '../extract/shell/door.ts';
import { createShellWorkers } from '../extract/shell/workers.ts';
import { listRemoteRefs } from '../git/refs.ts';
import { parseRemote } from '../git/remote-url.ts';
import { systemClock } from '../system/clock.ts';
import { askDns } from '../system/dns.ts';
import { baseEnvironment, type Environment, socketDirectory } from '../system/environment.ts';
import { createHttpCache } from '../system/http/cache.ts';
import { createHttpClient } from '../system/http/client.ts';
import type { HttpClient } from '../system/http.ts';
import type { Log } from '../system/log.ts';
import { createMachineSettings } from '../system/machine-settings.ts';
import { createProcesses } from '../system/process/processes.ts';
import type { Processes } from '../system/process.ts';
import type { Secrets } from '../system/secrets.ts';
import type { Doors } from './step-context.ts';

export interface DoorOptions {
  readonly config: AgentConfig;
  readonly log: Log;
  readonly secrets: Secrets;
  /** Variables of this process. */
  readonly environment: Environment;
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly ca: string | undefined;
  readonly version: string;
}

export interface OpenDoors extends Doors {
  readonly processes: Processes;
  /** For the resources repository and for whoever is told: where they are is the machine's own matter. */
  readonly ownHttp: HttpClient;
  /** What children see. */
  readonly env: Environment;
  close(): Promise<void>;
}

export function openDoors({ config, log, secrets, environment, ca, version }: DoorOptions): OpenDoors {
  const { limits, policy } = config;
  const privateAddresses = config.privateAddresses ?? (policy === 'untrusted' ? 'refuse' : 'allow');
  const clock = systemClock;
  const env = baseEnvironment(environment, config.environment);
  const processes = createProcesses();
  const client = { clock, userAgent: `spread-cron/${version}`, env: environment, redact: secrets.redact, ca };
  const ownHttp = createHttpClient({ ...client, privateAddresses: 'allow' });
  const http = createHttpClient({
    ...client,
    privateAddresses,
    limits: {
      timeout: limits.http.timeout,
      maxSize: limits.http.size,
      maxRedirects: limits.http.redirects,
      tries: limits.http.tries,
      minDelay: limits.http.minDelay,
      perHost: limits.perHost,
    },
    cache: createHttpCache({ clock }),
  });
  const evaluator = createEvaluator({ clock });
  const workers = createShellWorkers({
    processes,
    env,
    count: limits.shells,
    temporaryDirectory: socketDirectory(environment),
  });
  const classic = createClassicEvaluator(workers);
  const shellLimits = { env, timeout: limits.shell.timeout, maxOutput: limits.shell.output };
  return {
    clock,
    log,
    http,
    ownHttp,
    processes,
    env,
    policy,
    directories: config.files.directories,
    machine: createMachineSettings({ environment, env, processes }),
    resolveSecrets: secrets.resolve,
    redact: secrets.redact,
    evaluate: evaluator.evaluate,
    async gitRefs(url, signal) {
      if (privateAddresses === 'refuse') assertOnlyHttp(url);
      return listRemoteRefs(url, { http, processes, env }, signal);
    },
    async certificate(request, signal) {
      const { readCertificate } = await import('../system/certificate.ts');
      return readCertificate(request, privateAddresses, signal);
    },
    dns: (question, signal) => askDns(question, privateAddresses, signal),
    shell: (directory) => createShellDoor(workers, { ...shellLimits, directory }),
    classic: (file, place, signal) =>
      classic.evaluate({ ...shellLimits, file, directory: place.directory, commonDirectory: place.common }, signal),
    async close() {
      await Promise.all([workers.close(), evaluator.close(), http.close(), ownHttp.close()]);
    },
  };
}

/** Only requests of our own can be kept from private addresses, not those of the git command. */
function assertOnlyHttp(url: string): void {
  if (parseRemote(url).kind === 'http') return;
  throw new Failure(
    'refused',
    'only http and https remotes where private addresses are refused (policy, private_addresses)',
  );
}
