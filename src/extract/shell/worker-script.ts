// The bash programs of the shell workers, and the frames that they read. The worker's loop is parsed once; what a request
// adds is a line of quoted assignments.
//
// A worker is a bash of its own below a small leader. It reads frames from descriptor 0: eight digits, the length, then
// that many characters of assignments (ASCII alone, so that characters are bytes in every locale). It answers lines on
// descriptor 1: `ready PID`, `ID started PID`, `ID ended STATUS`. Each request runs in a forked subshell that has
// descriptors 0 (/dev/null), 1 and 2 (named pipes) and no other, and that leads a process group of its own (`set -m`);
// when it has ended, what is left of the group is killed.
import { framed, quote } from '../../system/process/bash-words.ts';

/**
 * Stands between this process and the worker, so that `$PPID` is not this process, closes what this process may
 * have inherited itself, and waits for the end of this process: descriptor 3 is its lifeline. Takes the worker's program as its first argument.
 */
export const LEADER = `
for fd in /dev/fd/*; do
  fd=\${fd##*/}
  if [[ $fd == [0-9]* ]] && ((fd > 3)); then eval "exec $fd<&-"; fi
done
bash --norc --noprofile -c "$1" bash <&0 3<&- &
exec </dev/null >/dev/null
IFS= read -r -n 1 <&3
kill -TERM "$!"
kill -CONT "$!"
`;

/**
 * Tells in microseconds whether a text can be parsed, without running it: it is read within two constructs that no one
 * text can break out of (one that is made to leave the first runs in part, and is refused by the second). Refuses some
 * odd texts that `bash -n` takes, such as a here-document without its end; an open `$(` ends the shell that reads it.
 */
const PARSES = `eval "if false; then :
$sc_text

fi" && eval "while false; do :
$sc_text

done"`;

/**
 * Captures the status and the members of the last pipeline within the extractor's own `eval`. Without quotes, so that
 * it cannot end a quotation that the text leaves open; after an empty line, so that a last backslash joins nothing.
 */
const CAPTURE = `

sc_status=$?/\${PIPESTATUS[@]}`;

/** See the head of this file; what a classic definition goes through is told in classic.ts. */
export const WORKER = `
set -m
sc_child=
sc_parses=${quote(PARSES)}
sc_capture=${quote(CAPTURE)}
trap '[[ $sc_child ]] && kill -KILL -- "-$sc_child"; exit 143' TERM
printf 'ready %s\\n' "$$"
exec 2>/dev/null
while IFS= read -r -N 8 sc_frame && IFS= read -r -N "$sc_frame" sc_frame && eval "$sc_frame"; do
  (
    # by the subshell itself: its group is known before anything of the request runs
    printf '%s started %s\\n' "$sc_id" "$BASHPID"
    set +m
    trap - TERM
    unset sc_frame sc_child
    exec </dev/null >/dev/null 2>"$sc_errors"
    eval "$sc_prepare" || exit
    case $sc_kind in
      script)
        exec >"$sc_output"
        set -eo pipefail
        eval "$sc_text"
        ;;
      classic)
        unset pattern_extractor message manual
        if IFS= read -r -d '' sc_text <"./$sc_file" || ! eval "$sc_parses" 2>/dev/null; then
          bash -n -- "./$sc_file" || {
            exec >"$sc_output"
            printf '\\0%s\\0unparsable\\0' "$sc_id"
            exit
          }
        fi
        . "./$sc_file" || [[ sourced ]]
        builtin set +e +o pipefail
        sc_text=\${pattern_extractor-}
        builtin eval "$sc_parses" || sc_capture=
        exec >"$sc_output"
        builtin printf '\\0%s\\0sourced\\0%s\\0%s\\0%s\\0' "$sc_id" "\${pattern_extractor+set}" "\${message-}" "\${manual-}"
        if [[ $sc_manual == evaluate || \${manual-} != true ]]; then
          builtin eval "$sc_text$sc_capture"
          builtin printf '\\0%s\\0%s\\0' "$sc_id" "\${sc_status-$?}"
        fi
        ;;
    esac
  ) &
  sc_child=$!
  wait "$sc_child"
  sc_status=$?
  kill -KILL -- "-$sc_child"
  sc_child=
  printf '%s ended %s\\n' "$sc_id" "$sc_status"
  unset sc_status
done
`;

/** A frame with these variables. */
export function frame(variables: Readonly<Record<string, string>>): string {
  const text = Object.entries(variables)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ');
  return framed(text);
}
