// Workflows of GitHub Actions, as far as it matters what begins them (docs.github.com, "Events that trigger workflows" and
// "Workflow syntax": filters).

/** What a workflow says of pushes; a filter that is absent is null. */
export interface PushFilter {
  readonly branches: readonly string[] | null;
  readonly branchesIgnore: readonly string[] | null;
  /** It has a filter for tags and none for branches: pushed branches do not begin it. */
  readonly tagsOnly: boolean;
  /** It looks at the paths of changed files, and a change commit has none. */
  readonly byPaths: boolean;
}

export interface Workflow {
  /** Such as `.github/workflows/changes.yml`. */
  readonly path: string;
  /** Null: pushes do not begin it. */
  readonly push: PushFilter | null;
  /** Names of the inputs of `workflow_dispatch`; null: it cannot be dispatched. */
  readonly inputs: readonly string[] | null;
  /** Types of `repository_dispatch` that begin it, none for all of them; null: no event does. */
  readonly events: readonly string[] | null;
  /** Cron expressions of its schedule. */
  readonly schedules: readonly string[];
}

/** Whether a change commit that is pushed to a branch begins a workflow: its commit is empty. */
export function beginsOnChange({ push }: Pick<Workflow, 'push'>, branch: string): 'yes' | 'no' | 'filtered by paths' {
  if (push === null || push.tagsOnly || !admits(push, branch)) return 'no';
  return push.byPaths ? 'filtered by paths' : 'yes';
}

/** Whether a change commit that is pushed to a branch begins one of these. */
export function someBegin(workflows: readonly Pick<Workflow, 'push'>[], branch: string): boolean {
  return workflows.some((one) => beginsOnChange(one, branch) === 'yes');
}

/** Whether the event of that type begins a workflow. */
export function beginsOnEvent({ events }: Pick<Workflow, 'events'>, type: string): boolean {
  return events !== null && (events.length === 0 || events.includes(type));
}

function admits({ branches, branchesIgnore }: PushFilter, branch: string): boolean {
  if (branchesIgnore !== null) return !branchesIgnore.some((pattern) => matchesFilter(pattern, branch));
  if (branches === null) return true;
  // later patterns win, those with a `!` take back
  return branches.reduce(
    (admitted, pattern) =>
      pattern.startsWith('!')
        ? admitted && !matchesFilter(pattern.slice(1), branch)
        : admitted || matchesFilter(pattern, branch),
    false,
  );
}

/** `*` within a segment, `**` across them, `?` and `+` for the character before, `[…]`; a backslash takes the meaning. */
function matchesFilter(pattern: string, name: string): boolean {
  let expression = '';
  for (const [token] of pattern.matchAll(/\*\*|\\.|\[[^\]]+\]|./gsu)) {
    if (token === '**') expression += '.*';
    else if (token === '*') expression += '[^/]*';
    else if (token === '?' || token === '+') expression += token;
    else if (token.length > 1 && token.startsWith('[')) expression += token;
    else expression += (token.length > 1 ? token.slice(1) : token).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  try {
    return new RegExp(`^${expression}$`, 'u').test(name);
  } catch {
    // a filter that GitHub would refuse as well matches nothing
    return false;
  }
}
