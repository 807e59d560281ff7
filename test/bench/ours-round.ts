// The one place where the benchmark meets the program's wiring: opens a repository as the agent does and runs rounds.

export interface WarmRounds {
  /** One round over every resource: how many changes were recorded, and the first failure, if any. */
  round(): Promise<{ readonly changed: number; readonly failed: string | undefined }>;
}

export async function openRounds(_options: {
  readonly repository: string;
  readonly stateDirectory: string;
}): Promise<WarmRounds> {
  throw new Error('waiting for the wiring');
}
