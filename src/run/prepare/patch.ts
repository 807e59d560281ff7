// Applies a patch to the target, whole or not at all, and says which hunk of it did not fit.
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { GitCommand } from '../../git/git-command.ts';
import { isRegularFile, readFileIfAny } from '../../system/files.ts';
import { pathBelow } from './below.ts';
import { plain } from './narration.ts';

const LARGEST_PATCH = 100_000_000;

/** `file` is below the definition's directory. Failures: `definition` (not there), `refused` (the path), `command-failed`. */
export async function applyPatch(
  place: { readonly definition: string; readonly target: string },
  file: string,
  git: GitCommand,
  signal: AbortSignal,
): Promise<void> {
  const path = join(place.definition, pathBelow(file, 'the patch'));
  // anything else, such as a link to a device, might never end
  const bytes = (await isRegularFile(path)) ? await readFileIfAny(path, LARGEST_PATCH) : null;
  if (bytes === null) throw new Failure('definition', 'the patch is not there: add it', { patch: file });
  // Read by us and given as input: git has no name to misread.
  const args = ['-C', place.target, '-c', 'core.hooksPath=/dev/null', 'apply', '--whitespace=nowarn', '-'];
  const finished = await git.run(args, { stdin: bytes }, signal);
  if (finished.code === 0) return;
  throw new Failure('command-failed', 'the patch does not fit the target, nothing of it was applied: make it anew', {
    patch: file,
    ...whatFailed(finished.stderr, new TextDecoder().decode(bytes)),
  });
}

/** The first hunk that git complains about; else its first words. */
function whatFailed(stderr: string, patch: string) {
  const failed = /^error: patch failed: (.*):(\d+)$/m.exec(stderr);
  if (failed?.[1] === undefined) {
    const said = stderr.split('\n').filter((line) => line.startsWith('error: '));
    return { git_said: plain(said.slice(0, 2).join(' ').replaceAll('error: ', '')) };
  }
  const [, file, line] = failed;
  const others =
    new Set([...stderr.matchAll(/^error: (.*): patch does not apply$/gm)].map(([, name]) => name)).size - 1;
  return {
    file: plain(file),
    hunk: hunkAt(patch, file, Number(line)),
    line: Number(line),
    other_files: others > 0 ? others : undefined,
  };
}

/** Which hunk of a file begins at a line of it, as `2 of 3 (@@ -10,3 +11,4 @@)`. */
function hunkAt(patch: string, file: string, line: number): string | undefined {
  const hunks: { readonly header: string; readonly start: number }[] = [];
  let inFile = false;
  for (const text of patch.split('\n')) {
    const named = /^(?:---|\+\+\+) (?:[ab]\/)?([^\t\r]*)/.exec(text);
    if (text.startsWith('diff --git ')) inFile = text.endsWith(`/${file}`);
    else if (named !== null) inFile = named[1] === file || (inFile && named[1] === '/dev/null');
    const hunk = /^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@/.exec(text);
    if (inFile && hunk !== null) hunks.push({ header: hunk[0], start: Number(hunk[1]) });
  }
  const position = hunks.findIndex(({ start }) => start === line);
  return position < 0 ? undefined : `${position + 1} of ${hunks.length} (${hunks[position]?.header})`;
}
