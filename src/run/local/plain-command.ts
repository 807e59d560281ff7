// Scripts that are one plain command, such as `./run-checks` or `make test`: no shell is needed to take their words apart,
// and none has to be left waiting for them. What is not certainly plain is a script like any other.

/** Builtins that look at nothing of the shell they run in. */
const BUILTINS = new Set([':', 'echo', 'exit', 'false', 'true']);

/** Words that a shell takes for something else than a program of that name, less those above. */
const SHELL_WORDS = new Set(
  `. alias bg bind break builtin caller case cd command compgen complete compopt continue coproc declare dirs disown do
  done elif else enable esac eval exec export fc fg fi for function getopts hash help history if in jobs kill let local
  logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test then time
  times trap type typeset ulimit umask unalias unset until wait while`.split(/\s+/),
);

export interface PlainCommand {
  readonly kind: 'builtin' | 'program';
  readonly words: readonly [string, ...string[]];
}

/** The command that a script is; null where it is more than one, or not plain. */
export function plainCommand(script: readonly string[]): PlainCommand | null {
  const [line, ...others] = script;
  if (line === undefined || others.length > 0 || !/^[\w./:@%+,= \t-]+$/.test(line)) return null;
  const [first, ...rest] = line.trim().split(/[ \t]+/);
  if (first === undefined) return null;
  if (BUILTINS.has(first)) return { kind: 'builtin', words: [first, ...rest] };
  if (!/^[A-Za-z0-9_./][\w./+-]*$/.test(first) || SHELL_WORDS.has(first)) return null;
  return { kind: 'program', words: [first, ...rest] };
}
