// The bash program of the launcher of tasks. It is a process of its own, small however large this one grows, so that a
// task costs one fork of little memory.
//
// The launcher reads lines from descriptor 0: the two named pipes of a worker. A worker is a forked subshell. From the
// first pipe it reads programs, each behind its length in eight digits, and runs them one after the other, each in a
// subshell that leads a process group of its own (`set -m`) and replaces itself with the task's first program. Into the
// second pipe go lines: `ready PID`, `started PID` (by the task itself, before anything else of it runs), `ended STATUS`.
// When a task has ended, what is left of its group is killed.
//
// When descriptor 0 ends, this process has ended, however it did: the launcher ends its workers, and they their tasks.
import { isVariableName, quote } from './bash-words.ts';
import type { TaskCommand } from './task-process.ts';

export const LAUNCHER = `
for fd in /dev/fd/*; do
  fd=\${fd##*/}
  if [[ $fd == [0-9]* ]] && ((fd > 2)); then eval "exec $fd<&-"; fi
done
exec >/dev/null 2>&1
export -n PWD OLDPWD SHLVL
set -m
while read -r sc_in sc_out; do
  (
    exec <"$sc_in" >"$sc_out"
    set -m
    sc_over=$!
    trap '[[ $sc_over == "$!" ]] || kill -KILL -- "-$!"; exit 143' TERM
    printf 'ready %s\\n' "$BASHPID"
    while IFS= read -r -N 8 sc_frame && IFS= read -r -N "$sc_frame" sc_frame; do
      (
        printf 'started %s\\n' "$BASHPID"
        trap - TERM
        set +m
        eval "$sc_frame"
      ) &
      # without job control a task that stops itself is waited for too; "wait -f" now and then never returns (bash 5.2)
      set +m
      wait "$!"
      sc_status=$?
      set -m
      kill -KILL -- "-$!"
      sc_over=$!
      printf 'ended %s\\n' "$sc_status"
    done
  ) &
done
for sc_worker in $(jobs -p); do
  kill -TERM "$sc_worker"
  kill -CONT "$sc_worker"
done
`;

/** Names that bash sets, reads or refuses to set itself: with these it would not hand over what it was given. */
const SHELL_OWN =
  /^(?:BASH\w*|SHELLOPTS|E?UID|PPID|_|FUNCNAME|GROUPS|DIRSTACK|LINENO|S?RANDOM|SECONDS|EPOCH\w*|HISTCMD|COMP_\w*|OPTIND|IFS|POSIXLY_CORRECT|SHLVL|PWD|OLDPWD|PIPESTATUS|sc_\w*)$/;

/** True where a shell can hand over this variable as it is. */
export function isForShells([name, value]: readonly [string, string]): boolean {
  return isVariableName(name) && !SHELL_OWN.test(name) && !value.includes('\0');
}

/** What the worker's subshell runs to become the task. `has` is the environment that the launcher was given. */
export function taskProgram(
  command: TaskCommand,
  pipes: { readonly stdout: string; readonly stderr: string },
  has: Readonly<Record<string, string>>,
): string {
  const { file, args, directory, env } = command;
  const foreign = Object.keys(has).filter((name) => !Object.hasOwn(env, name));
  const own = Object.entries(env).filter(([name, value]) => has[name] !== value);
  const lines = [
    `exec </dev/null >${quote(pipes.stdout)} 2>${quote(pipes.stderr)}`,
    `cd -P -- ${quote(directory)} || exit`,
  ];
  if (foreign.length > 0) lines.push(`unset -v ${foreign.join(' ')}`);
  // in silence: a locale that is not installed is told by the task's own shell
  if (own.length > 0) lines.push(`{ export ${own.map(assignment).join(' ')}; } 2>/dev/null`);
  lines.push(...shortCut(command), 'export -n OLDPWD PWD SHLVL', `exec ${[file, ...args].map(quote).join(' ')}`);
  return lines.join('\n');
}

/** Carries a plain command out without another shell; where its program is not there, that shell is to say so. */
function shortCut({ plain }: TaskCommand): readonly string[] {
  if (plain === undefined) return [];
  const command = plain.words.map(quote).join(' ');
  if (plain.kind === 'builtin') return [`${command}\nexit`];
  const name = quote(plain.words[0]);
  const isThere = plain.words[0].includes('/') ? `[[ -f ${name} && -x ${name} ]]` : `type -P ${name} >/dev/null`;
  // what the shell between would have set
  return [`if ${isThere}; then export -n OLDPWD; SHLVL=1; export PWD SHLVL; exec ${command}; fi`];
}

function assignment([name, value]: readonly [string, string]): string {
  return `${name}=${quote(value)}`;
}
