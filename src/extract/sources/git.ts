// Source `git`: the refs of a git remote: where a branch or tag points, which tags or branches there are, the newest tag.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { globMatcher } from '../../core/glob.ts';
import { nearestWord } from '../../core/nearest.ts';
import type { Content, StepContext, StepType } from '../step.ts';
import { compareVersions, isPrerelease, isVersion } from '../version.ts';

type Ref = Awaited<ReturnType<StepContext['gitRefs']>>[number];

const refName = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^(?!-)[^\p{Cc}\s]+$/u, 'not the name of a ref');

const schema = z
  .strictObject({
    git: z
      .string()
      .min(1)
      .max(2000)
      .regex(/^(?!-)[^\p{Cc}\s]+$/u, 'not the URL of a git remote')
      .refine((url) => !url.includes('${secret:'), 'secrets are for http sources: git finds its credentials by itself')
      .meta({ description: 'URL of the remote, as git takes it', examples: ['https://git.example.com/project.git'] }),
    branch: refName.optional().describe('The branch of this name'),
    tag: refName.optional().describe('The tag of this name; of an annotated tag, the commit that it points to'),
    ref: refName.optional().describe('The ref of this full name (refs/…), or HEAD'),
    branches: refName.optional().describe('All branches whose name matches this glob, such as release/*'),
    tags: refName.optional().describe('All tags whose name matches this glob, such as v*'),
    newest: z
      .literal('version')
      .optional()
      .describe('Only the newest by version order, of all tags where neither tags nor branches says which'),
    prereleases: z.boolean().optional().describe('Whether newest takes pre-releases (rc, beta …) too; default false'),
    strip: z.string().min(1).optional().describe('Text that is taken from the start of the names, such as v'),
    give: z
      .enum(['name', 'oid'])
      .optional()
      .describe('Names or object ids; default names of several and of newest, the oid of one branch, tag or ref'),
  })
  .superRefine((options, context) => {
    const selectors = SELECTORS.filter((key) => options[key] !== undefined);
    if (selectors.length > 1)
      context.addIssue({ code: 'custom', path: [selectors[1] ?? ''], message: `not together with ${selectors[0]}` });
    const several = options.newest !== undefined || options.tags !== undefined || options.branches !== undefined;
    if (options.newest !== undefined && selectors.some((key) => key === 'branch' || key === 'tag' || key === 'ref'))
      context.addIssue({ code: 'custom', path: ['newest'], message: 'only of several: write tags or branches' });
    if (options.prereleases !== undefined && options.newest === undefined)
      context.addIssue({ code: 'custom', path: ['prereleases'], message: 'only together with newest' });
    if (!several && selectors.length === 0)
      context.addIssue({ code: 'custom', path: [], message: `say which refs: ${SELECTORS.join(', ')} or newest` });
  });

const SELECTORS = ['branch', 'tag', 'ref', 'branches', 'tags'] as const;

export type GitOptions = z.infer<typeof schema>;

export const git: StepType<GitOptions> = {
  role: 'source',
  summary: 'refs of a git remote: a branch or tag, all of a pattern, the newest tag',
  schema,
  request: ({ git: url }) => url,
  async run(options, _input, context) {
    const refs = await context.once(`git-refs ${options.git}`, () => context.gitRefs(options.git, context.signal));
    return selectRefs(refs, options);
  },
};

/** What the options say of a listing with full names. Throws a Failure `no-match` where nothing is left. */
function selectRefs(refs: readonly Ref[], options: GitOptions): Content {
  if (options.branch !== undefined) return oneRef(refs, `refs/heads/${options.branch}`, options);
  if (options.tag !== undefined) return oneRef(refs, `refs/tags/${options.tag}`, options);
  if (options.ref !== undefined) return oneRef(refs, options.ref, options);
  const prefix = options.branches === undefined ? 'refs/tags/' : 'refs/heads/';
  const pattern = options.branches ?? options.tags ?? '**';
  const matches = globMatcher(pattern);
  const found = refs.filter(({ name }) => name.startsWith(prefix) && matches(name.slice(prefix.length)));
  if (found.length === 0)
    throw new Failure('no-match', 'the remote has no ref that matches', { pattern: `${prefix}${pattern}` });
  if (options.newest === undefined) return { kind: 'list', items: found.map((ref) => give(ref, options, 'name')) };

  const candidates = found
    .map((ref) => ({ ref, version: nameOf(ref, options) }))
    .filter(({ version }) => isVersion(version) && (options.prereleases === true || !isPrerelease(version)));
  const [first] = candidates;
  if (first === undefined)
    throw new Failure('no-match', 'no ref that matches is a release version, see prereleases', {
      pattern: `${prefix}${pattern}`,
      refs: found.length,
    });
  const newest = candidates.reduce((best, next) => (compareVersions(next.version, best.version) > 0 ? next : best));
  return { kind: 'text', text: give(newest.ref, options, 'name') };
}

function oneRef(refs: readonly Ref[], name: string, options: GitOptions): Content {
  const found = refs.find((ref) => ref.name === name);
  if (found !== undefined) return { kind: 'text', text: give(found, options, 'oid') };
  const names = refs.map((ref) => ref.name);
  throw new Failure('no-match', 'the remote has no such ref', { ref: name, nearest: nearestWord(name, names) });
}

function give(ref: Ref, options: GitOptions, byDefault: 'name' | 'oid'): string {
  return (options.give ?? byDefault) === 'oid' ? (ref.peeled ?? ref.oid) : nameOf(ref, options);
}

/** Without `refs/heads/` or `refs/tags/`, and without the text to strip. */
function nameOf(ref: Ref, options: GitOptions): string {
  const name = ref.name.replace(/^refs\/(?:heads|tags)\//, '');
  return options.strip !== undefined && name.startsWith(options.strip) ? name.slice(options.strip.length) : name;
}
