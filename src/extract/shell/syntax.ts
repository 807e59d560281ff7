// Whether bash can parse a text, without running any of it: `bash -n`.
import type { Processes } from '../../system/process.ts';

/** Milliseconds that parsing may take. */
const TIMEOUT = 10_000;

/** What bash says against the text, its first line; null where it can be parsed. */
export async function shellSyntaxProblem(
  text: string,
  doors: { readonly processes: Processes; readonly env: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<string | null> {
  const { code, stderr } = await doors.processes.run(
    // without --norc a bash that reads from a socket, as pipes of Node are, would read the user's own files first
    { file: 'bash', args: ['--norc', '--noprofile', '-n'], env: doors.env, stdin: text, timeout: TIMEOUT },
    signal,
  );
  if (code === 0) return null;
  return stderr.split('\n', 1)[0]?.replace(/^bash: /, '') ?? 'bash cannot parse it';
}
