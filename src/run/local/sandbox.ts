// The sandbox of tasks: bubblewrap with no network, a read-only system, a /tmp and processes of its own, and nothing that
// can be written to but the run's workspace.
import { isAbsolute, relative } from 'node:path';
import type { Processes } from '../../system/process.ts';

/** Milliseconds that the trial may take. */
const TIMEOUT = 10_000;

/** What comes between `bwrap` and the program. `visible`: files outside the workspace that the task reads. */
export function sandboxArguments(
  workspace: string,
  directory: string,
  visible: readonly string[] = [],
): readonly string[] {
  const outside = [directory, ...visible].filter((path) => !isBelow(workspace, path));
  return [
    ...['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent', '--cap-drop', 'ALL'],
    // sockets of services are in /run, and a read-only mount does not stop anybody from talking to them
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--tmpfs', '/run'],
    ...outside.flatMap((path) => ['--ro-bind', path, path]),
    ...['--bind', workspace, workspace, '--chdir', directory, '--'],
  ];
}

/** Tries whether a sandbox can be made; null where it can, else what to do about it. */
export async function sandboxProblem(
  bwrap: string | null,
  processes: Processes,
  signal: AbortSignal,
): Promise<string | null> {
  if (bwrap === null) return 'bubblewrap is not installed: install the package bubblewrap, or set sandbox: none';
  const { code, stderr } = await processes.run(
    { file: bwrap, args: [...sandboxArguments('/tmp', '/'), '/bin/sh', '-c', ':'], env: {}, timeout: TIMEOUT },
    signal,
  );
  if (code === 0) return null;
  const [reason = ''] = stderr.trim().split('\n').slice(-1);
  return `bubblewrap may not make a sandbox here: allow user namespaces for this user, or set sandbox: none (${reason})`;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way.split('/')[0] !== '..' && !isAbsolute(way);
}
