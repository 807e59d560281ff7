#!/bin/bash
# One round of the classic agent's algorithm, as its users have run it for years: plain git and a shell, one branch
# after the other. It is the baseline of the benchmark and the oracle of the tests of classic definitions.
#
#   classic-loop.sh REMOTE DIRECTORY
#
# DIRECTORY keeps two work trees between rounds: `branch`, which every branch is checked out in, and `central`, the
# default branch with its `branches/<name>/`. The algorithm:
#   1. fetch once;
#   2. for every branch but the default one: check it out and reset it to the remote's tip;
#   3. find its definition (`options` or `trigger`): at its root, else in `branches/<name>/` of the default branch;
#      without one the branch is left alone;
#   4. source the definition in its directory; manual="true" ends here; evaluate `pattern_extractor`;
#   5. an empty value or `null` is "not yet", several lines are an error: nothing is recorded;
#   6. walk the log, one commit at a time from the tip, to the newest commit `message (value)`;
#   7. where the values differ, or none was found, add an empty commit and push the branch at once.
remote=$1
directory=$2
work=$directory/branch
central=$directory/central

if [ ! -d "$work" ]; then
  git clone --quiet "$remote" "$work" || exit 1
  git -C "$work" config user.name "${CLASSIC_NAME:-Classic}"
  git -C "$work" config user.email "${CLASSIC_EMAIL:-classic@example.com}"
  git -C "$work" worktree add --quiet --detach "$central" origin/HEAD || exit 1
fi
cd "$work" || exit 1

# The directory of the branch's definition, in $definition, and the file's name, in $file.
find_definition() {
  for definition in "$work" "$central/branches/$1"; do
    for file in options trigger; do
      if [ -f "$definition/$file" ]; then return 0; fi
    done
  done
  return 1
}

# The newest value that the current branch records for the message, in $last; false where there is none. The message is
# compared literally, less its trailing blanks; the value is what follows in the parentheses that end the subject.
find_last_value() {
  local head=$1 subject rest position=0
  while [[ $head == *[[:blank:]] ]]; do head=${head%?}; done
  while subject=$(git log --format=%s -1 "HEAD~$position" -- 2>/dev/null); do
    if [[ ${subject:0:${#head}} == "$head" ]]; then
      rest=${subject:${#head}}
      if [[ $rest =~ ^[[:blank:]]+\((.*)\)$ ]]; then
        last=${BASH_REMATCH[1]}
        return 0
      fi
    fi
    position=$((position + 1))
  done
  return 1
}

check_branch() {
  local branch=$1 definition file message='' pattern_extractor='' manual='' value last
  git checkout --quiet "$branch" -- && git reset --quiet --hard "origin/$branch" || return 1
  find_definition "$branch" || return 0
  cd "$definition" || return 1
  . "./$file"
  if [ "$manual" = true ]; then return 0; fi
  value=$(eval "$pattern_extractor" < /dev/null | tr -d '\r')
  cd "$work" || return 1
  if [ -z "$value" ] || [ "$value" = null ]; then return 0; fi
  if [[ $value == *$'\n'* ]]; then
    echo "$branch: the value has several lines" >&2
    return 1
  fi
  if find_last_value "$message" && [ "$last" = "$value" ]; then return 0; fi
  git commit --quiet --allow-empty -m "$message ($value)" && git push --quiet origin "refs/heads/$branch"
}

git fetch --quiet --prune origin || exit 1
git -C "$central" reset --quiet --hard origin/HEAD || exit 1
default=$(git symbolic-ref --short refs/remotes/origin/HEAD)
failed=0
while read -r branch; do
  if [ "origin/$branch" = "$default" ] || [ "$branch" = HEAD ]; then continue; fi
  # A subshell, so that no definition sees what another one set.
  (check_branch "$branch") || failed=1
done < <(git for-each-ref --format='%(refname:lstrip=3)' refs/remotes/origin)
exit $failed
