// The shell program of a task: its lines, one after the other, in one bash.
import { quote } from '../../system/process/bash-words.ts';

/** Longest word of a command line that every system takes, in bytes. */
const LONGEST_WORD = 100_000;
/** Longest program, in bytes: what all the words of a command line and the environment may have together is 2 MB. */
const LONGEST_PROGRAM = 1_000_000;

/**
 * The arguments of a bash that carries a task out; null where its script is too long, or holds a NUL.
 *
 * Each line is text of its own, so that a quotation or here-document that it leaves open reaches no other. The shell has
 * `-e` and `-o pipefail`: a line whose status is not 0 ends the task with that status, and so does a command that fails
 * within a line of several. The sourced file is not held to that, as scripts of its kind are written without; only one
 * that is missing, or that bash cannot parse, ends the task. Messages name the line by its number.
 */
export function taskArguments(script: readonly string[], source: string | null): readonly string[] | null {
  const lines = script.map((line) => `eval ${quote(line)}`);
  const program = `${preparation(source)}set -eo pipefail; ${lines.join('\n')}`;
  if ([...script, source ?? ''].some((text) => text.includes('\0')) || program.length > LONGEST_PROGRAM) return null;
  const shell = ['--norc', '--noprofile', '-c'];
  if (program.length <= LONGEST_WORD) return [...shell, program, 'bash'];
  return [...shell, `IFS=; eval $'IFS=\\' \\t\\n\\'; set --\\n'"$*"`, 'bash', ...pieces(program)];
}

function preparation(source: string | null): string {
  if (source === null) return '';
  const file = quote(source);
  return `. ${file}; [[ $? == 0 ]] || "$BASH" -n -- ${file} || exit; `;
}

function pieces(text: string): readonly string[] {
  const found: string[] = [];
  for (let i = 0; i < text.length; i += LONGEST_WORD) found.push(text.slice(i, i + LONGEST_WORD));
  return found;
}
