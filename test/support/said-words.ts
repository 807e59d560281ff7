// What a script of the documentation says to programs that are not here: it is carried out with stand-ins that only
// remember their words.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { standIn } from './install-standpoint.ts';

/** The command lines of `programs` in a script, in order, each with its program in front; `sudo` is nobody's. */
export function saidTo(programs: readonly string[], script: string, directory: string): readonly (readonly string[])[] {
  const own = mkdtempSync(join(directory, 'said-'));
  const log = join(own, 'log');
  const remember = `printf '%s\\0' "\${0##*/}" "$@" >> '${log}'; printf '\\n\\0' >> '${log}'`;
  for (const program of programs) standIn(own, program, remember);
  standIn(own, 'sudo', 'exec "$@"');
  const { status, stderr } = spawnSync('sh', ['-euc', script], {
    cwd: directory,
    env: { PATH: `${own}:/usr/bin:/bin`, HOME: directory },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${stderr}\nof\n${script}`);
  if (!existsSync(log)) return [];
  return readFileSync(log, 'utf8')
    .split('\n\0')
    .slice(0, -1)
    .map((words) => words.split('\0').slice(0, -1));
}
