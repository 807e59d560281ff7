// Releases of a project as the forges list them, in one shape: GitHub's REST API ("List releases", "Get the latest
// release"), GitLab's Releases API, and Gitea's /repos/{owner}/{repo}/releases, which Forgejo and Gogs have too.
import * as z from 'zod';
import { Failure } from '../core/failure.ts';
import type { HttpResponse } from '../system/http.ts';
import type { Forge } from './forge.ts';
import { isPrerelease } from './version.ts';

/** A project on a forge: base URL of its API, and the path of the project below the forge. */
export interface Project {
  readonly forge: Forge;
  readonly api: string;
  readonly path: string;
}

export interface Release {
  readonly tag: string;
  readonly name: string;
  /** Its page; empty where the forge does not say. */
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly date: number;
  readonly isPrerelease: boolean;
  /** URLs of the files that were attached to it. */
  readonly assets: readonly string[];
}

/** Where forges are that everybody knows. */
const WELL_KNOWN: Readonly<Record<string, Forge>> = {
  'github.com': 'github',
  'gitlab.com': 'gitlab',
  'codeberg.org': 'gitea',
  'gitea.com': 'gitea',
};

const API_PATH: Readonly<Record<Forge, string>> = { github: '/api/v3', gitlab: '/api/v4', gitea: '/api/v1' };

/** The project at a URL. Throws a Failure `definition` where there cannot be one, or nothing says what runs there. */
export function projectAt(
  url: string,
  written: { readonly forge?: Forge | undefined; readonly api?: string | undefined },
): Project {
  if (!URL.canParse(url)) throw new Failure('definition', NO_PROJECT, { key: 'release' });
  const { origin, hostname, pathname } = new URL(url);
  const forge = written.forge ?? WELL_KNOWN[hostname];
  if (forge === undefined) throw new Failure('definition', UNKNOWN_FORGE, { key: 'forge' });
  const ownApi =
    forge === 'github' && hostname === 'github.com' ? 'https://api.github.com' : `${origin}${API_PATH[forge]}`;
  const api = (written.api ?? ownApi).replace(/\/+$/, '');
  // A forge that does not live at the root of its host has its API below the same path.
  const root = api.startsWith(`${origin}/`) ? api.slice(origin.length).replace(/\/api\/v\d+$/, '') : '';
  const below = pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : pathname;
  const path = below.replace(/^\/|\/+$/g, '').replace(/\.git$/, '');
  // Only GitLab has groups within groups; none of the names begins with a hyphen, unlike the pages of a project.
  const isProject = forge === 'gitlab' ? PATH.test(path) : PATH.test(path) && path.split('/').length === 2;
  if (!isProject) throw new Failure('definition', NO_PROJECT, { key: 'release' });
  return { forge, api, path };
}

const PATH = /^(?!-)[\w.-]+(?:\/(?!-)[\w.-]+)+$/;
const NO_PROJECT = 'not a project: write https://HOST/OWNER/NAME, on GitLab with all groups';
const UNKNOWN_FORGE = 'say what runs there: github, gitlab or gitea (Forgejo and Gogs are gitea too)';

/** Newest first, as the forge sees it. */
export function releasesUrl({ forge, api, path }: Project, { size, page }: { size: number; page: number }): string {
  const project = forge === 'gitlab' ? `projects/${encodeURIComponent(path)}` : `repos/${path}`;
  return `${api}/${project}/releases?${forge === 'gitea' ? 'limit' : 'per_page'}=${size}&page=${page}`;
}

/** The one that the forge itself calls the latest; null where the newest of the list is that. */
export function latestReleaseUrl({ forge, api, path }: Project): string | null {
  return forge === 'github' ? `${api}/repos/${path}/releases/latest` : null;
}

const text = z.string().nullish();

/** What is read of a release; each forge has some of it. */
const entry = z.object({
  tag_name: z.string(),
  name: text,
  html_url: text,
  _links: z.object({ self: text }).nullish(),
  published_at: text,
  released_at: text,
  created_at: text,
  draft: z.boolean().nullish(),
  prerelease: z.boolean().nullish(),
  upcoming_release: z.boolean().nullish(),
  assets: z
    .union([
      z.array(z.object({ browser_download_url: text })),
      z.object({ links: z.array(z.object({ url: text, direct_asset_url: text })).nullish() }),
    ])
    .nullish(),
});

/** What is public of a page of releases, and whether there are more pages. Throws a Failure `not-parsable`. */
export function readReleases(
  response: HttpResponse,
  forge: Forge,
): { readonly releases: readonly Release[]; readonly isLast: boolean } {
  return {
    releases: read(z.array(entry), response)
      .filter((one) => one.draft !== true && one.upcoming_release !== true && one.tag_name !== '')
      .map((one) => toRelease(one, forge)),
    isLast: !/\brel="?next\b/.test(response.headers.link ?? ''),
  };
}

/** The same of an answer that is one release. */
export function readRelease(response: HttpResponse, forge: Forge): Release {
  return toRelease(read(entry, response), forge);
}

function toRelease(one: z.infer<typeof entry>, forge: Forge): Release {
  const assets = Array.isArray(one.assets)
    ? one.assets.map((asset) => asset.browser_download_url)
    : one.assets?.links?.map((link) => link.direct_asset_url ?? link.url);
  return {
    tag: one.tag_name,
    name: one.name || one.tag_name,
    url: one.html_url ?? one._links?.self ?? '',
    date: Date.parse(one.published_at ?? one.released_at ?? one.created_at ?? '') || 0,
    isPrerelease: forge === 'gitlab' ? isPrerelease(one.tag_name) : one.prerelease === true,
    assets: assets?.filter((url) => url != null) ?? [],
  };
}

function read<T>(schema: z.ZodType<T>, { body, url }: HttpResponse): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (cause) {
    throw new Failure('not-parsable', 'the answer holds no releases: look at forge and api', { url }, { cause });
  }
}
