// Source `release`: the newest release of a project on GitHub, GitLab, or Gitea and its relatives.
import * as z from 'zod';
import { Failure, toFailure } from '../../core/failure.ts';
import { globMatcher } from '../../core/glob.ts';
import { askForge, FORGE_TOKEN } from '../forge.ts';
import {
  latestReleaseUrl,
  type Project,
  projectAt,
  type Release,
  readRelease,
  readReleases,
  releasesUrl,
} from '../forge-releases.ts';
import { hasSecret, hostOfTemplate } from '../secret-placeholders.ts';
import type { Content, StepContext, StepType } from '../step.ts';
import { listContent, textContent } from '../text-of.ts';
import { compareVersions, isPrerelease, isVersion } from '../version.ts';
import { webAddress } from '../web-address.ts';

const schema = z
  .strictObject({
    release: z
      .string()
      .max(2000)
      .refine(
        (url) => hostOfTemplate(url) !== null && !hasSecret(url) && !/[?#@]/.test(url),
        'not the URL of a project: write https://HOST/OWNER/NAME',
      )
      .meta({ description: 'URL of the project', examples: ['https://github.com/octo/project'] }),
    forge: z
      .enum(['github', 'gitlab', 'gitea'])
      .optional()
      .describe('What runs there; gitea stands for Forgejo and Gogs too. Told by the host where that is well known'),
    api: webAddress('Where the API is; default /api/v3, /api/v4 or /api/v1 of the host', 'an API').optional(),
    match: z.string().min(1).max(1000).optional().describe('Only releases whose tag matches this glob, such as v2.*'),
    prereleases: z.boolean().optional().describe('Whether pre-releases count too; default false'),
    newest: z
      .enum(['version', 'date'])
      .optional()
      .describe('By version order of the tags or by date; default what GitHub calls the latest, elsewhere date'),
    strip: z.string().min(1).optional().describe('Text that is taken from the start of the tag, such as v'),
    give: z
      .enum(['tag', 'name', 'url', 'assets'])
      .default('tag')
      .describe('Its tag, name or page, or the URLs of its files for a following step to narrow; default tag'),
    token: FORGE_TOKEN.optional(),
  })
  .superRefine(({ release: url, forge, api }, context) => {
    try {
      projectAt(url, { forge, api });
    } catch (error) {
      const { message, details } = toFailure(error);
      context.addIssue({ code: 'custom', path: [String(details.key)], message });
    }
  });

export type ReleaseOptions = z.infer<typeof schema>;

export const release: StepType<ReleaseOptions> = {
  role: 'source',
  summary: 'the newest release of a project on GitHub, GitLab, Gitea or Forgejo',
  schema,
  request: ({ release: url, forge, api, token }) => JSON.stringify([url, forge, api, token]),
  async run(options, _input, context) {
    const project = projectAt(options.release, options);
    const found = (await latestOf(project, options, context)) ?? (await newestOf(project, options, context));
    return give(found, options);
  },
};

/** Pages of a list that are read at most, and releases on a page: few where the first of them will do. */
const MOST_PAGES = 10;
const PAGE = { small: 20, large: 100 } as const;

/** What the forge itself calls the latest; null where it has none, or where the options ask for something else. */
async function latestOf(project: Project, options: ReleaseOptions, context: StepContext): Promise<Release | null> {
  const { match, newest, prereleases, token } = options;
  const url = latestReleaseUrl(project);
  if (url === null || match !== undefined || newest !== undefined || prereleases === true) return null;
  try {
    return readRelease(await askForge({ forge: project.forge, url, token }, context), project.forge);
  } catch (error) {
    // Not found is what a project without releases says too; the list tells which it is.
    if (error instanceof Failure && error.details.status === 404) return null;
    throw error;
  }
}

/** Throws a Failure `no-match` where no release is meant. */
async function newestOf(project: Project, options: ReleaseOptions, context: StepContext): Promise<Release> {
  const { forge } = project;
  const isMeant = meant(options);
  const size = options.match === undefined && options.newest !== 'version' ? PAGE.small : PAGE.large;
  const found: Release[] = [];
  let first: Release | undefined;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const url = releasesUrl(project, { size, page });
    const { releases, isLast } = readReleases(await askForge({ forge, url, token: options.token }, context), forge);
    first ??= releases[0];
    found.push(...releases.filter(isMeant));
    // The list is by date; the highest version may stand anywhere in it.
    if (isLast || (found.length > 0 && options.newest !== 'version')) break;
  }
  const [one, ...others] = found;
  if (one !== undefined) return others.reduce((best, next) => (compare(next, best, options) > 0 ? next : best), one);
  if (first === undefined)
    throw new Failure('no-match', 'the project has no release: for its tags there is git', {
      project: options.release,
    });
  const message = 'no release of the project is meant: look at match, prereleases and newest';
  throw new Failure('no-match', message, { project: options.release, newest: first.tag });
}

function meant({ match, newest, prereleases, strip }: ReleaseOptions): (release: Release) => boolean {
  const matches = match === undefined ? () => true : globMatcher(match);
  return ({ tag, isPrerelease: isMarked }) => {
    if (!matches(tag) || (isMarked && prereleases !== true)) return false;
    const version = stripped(tag, strip);
    return newest !== 'version' || (isVersion(version) && (prereleases === true || !isPrerelease(version)));
  };
}

function compare(one: Release, other: Release, { newest, strip }: ReleaseOptions): number {
  if (newest !== 'version') return one.date - other.date;
  return compareVersions(stripped(one.tag, strip), stripped(other.tag, strip));
}

function give({ tag, name, url, assets }: Release, options: ReleaseOptions): Content {
  switch (options.give) {
    case 'tag':
      return textContent(stripped(tag, options.strip));
    case 'name':
      return textContent(name);
    case 'url':
      if (url === '') throw new Failure('no-match', 'the forge names no page of the release', { tag });
      return textContent(url);
    case 'assets':
      if (assets.length === 0) throw new Failure('no-match', 'the release has no files so far', { tag });
      return listContent(assets);
    default:
      return options.give satisfies never;
  }
}

function stripped(tag: string, strip: string | undefined): string {
  return strip !== undefined && tag.startsWith(strip) ? tag.slice(strip.length) : tag;
}
