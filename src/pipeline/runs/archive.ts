// What was recorded of runs, and their logs: opened by whoever reads or writes them, on first use.
import type { AgentConfig } from '../../definition/agent-config.ts';
import { createLogs } from '../../record/create-logs.ts';
import type { Logs } from '../../record/logs.ts';
import { type OpenedRecords, openRecords } from '../../record/open-records.ts';
import type { StateDirectory } from '../../state/state-directory.ts';
import type { Clock } from '../../system/clock.ts';
import { makeDirectory } from '../../system/files.ts';
import type { Log } from '../../system/log.ts';
import type { Secrets } from '../../system/secrets.ts';

export interface Archive {
  readonly records: OpenedRecords;
  readonly logs: Logs;
  close(): Promise<void>;
}

export interface ArchiveOptions {
  readonly config: AgentConfig;
  readonly state: StateDirectory;
  readonly secrets: Pick<Secrets, 'createByteRedactor'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** `runs`: for the one process that carries runs out, which sets a damaged database aside. */
  readonly role: 'reads' | 'runs';
}

export async function openArchive(options: ArchiveOptions): Promise<Archive> {
  const { config, state, secrets, clock, log, version, role } = options;
  await makeDirectory(state.root);
  const records = await openRecords({
    path: state.records,
    log,
    clock,
    program: version,
    check: role === 'runs' ? 'whole' : 'beginning',
  });
  const logs = createLogs({
    directory: state.logs,
    limit: config.runs.logSize,
    redactor: () => secrets.createByteRedactor(),
    clock,
  });
  return {
    records,
    logs,
    async close() {
      await logs.idle();
      await records.close();
    },
  };
}
