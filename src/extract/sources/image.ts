// Source `image`: the digest that a tag of a container image points to, for all platforms or one, or the tags of a
// repository.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { globMatcher } from '../../core/glob.ts';
import { digestFor, digestOfBody, MANIFEST_TYPES, namedDigest } from '../images/manifest.ts';
import { type ImageReference, parseReference } from '../images/reference.ts';
import { type ImageRegistry, imageRegistry } from '../images/registry.ts';
import { jsonAnswer } from '../json-answer.ts';
import { assertBoth, type Login, loginKey, nameAndPassword } from '../login.ts';
import type { Content, StepType } from '../step.ts';

/** Tags that are asked for at a time, and in all. */
const PAGE = 1000;
const MOST_TAGS = 100_000;

const schema = z
  .strictObject({
    image: z
      .string()
      .max(500)
      .superRefine((written, context) => {
        const read = parseReference(written);
        if (typeof read === 'string') context.addIssue({ code: 'custom', message: read });
      })
      .meta({
        description:
          'Image with the host of its registry and a tag, default latest; http:// before a registry without TLS',
        examples: ['registry.example.com/team/app:stable'],
      }),
    platform: z
      .string()
      .regex(/^[a-z\d]+\/[a-z\d_]+(?:\/[a-z\d.]+)?$/, 'not a platform: write OS/ARCHITECTURE such as linux/arm64')
      .optional()
      .describe('Gives the digest for this platform only, such as linux/arm64 or linux/arm/v7'),
    tags: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Gives all tags of the repository that match this glob, for the next step to narrow'),
    ...nameAndPassword,
  })
  .superRefine((options, context) => {
    assertBoth(options, context);
    if (options.tags === undefined) return;
    const read = parseReference(options.image);
    if (options.platform !== undefined)
      context.addIssue({ code: 'custom', path: ['platform'], message: 'not together with tags' });
    if (typeof read !== 'string' && read.tag !== null)
      context.addIssue({ code: 'custom', path: ['image'], message: 'an image without a tag, where tags are listed' });
  });

export type ImageOptions = z.infer<typeof schema>;

const tagList = z.object({ tags: z.array(z.string()).nullish() });

export const image: StepType<ImageOptions> = {
  role: 'source',
  summary: 'the digest of a container image, or the tags of its repository',
  schema,
  async run(options, _input, context) {
    context.signal.throwIfAborted();
    const read = parseReference(options.image);
    if (typeof read === 'string') throw new Failure('definition', read);
    const reference = { ...read, tag: options.tags === undefined ? (read.tag ?? 'latest') : null };
    const login: Login = { kind: 'basic', username: options.username, password: options.password };
    const registry = imageRegistry(reference, login, context);
    const shared = <T>(what: string, work: () => Promise<T>) =>
      context.once(`image ${what} ${JSON.stringify(reference)} ${loginKey(login)}`, work);
    if (options.tags !== undefined)
      return matchingTags(await shared('tags', () => listTags(registry, reference)), options.tags, reference);
    const { platform } = options;
    const path = `manifests/${reference.tag}`;
    const get = () => registry.ask({ method: 'GET', path, accept: MANIFEST_TYPES });
    if (platform !== undefined) return { kind: 'text', text: digestFor(platform, await shared('manifest', get)) };
    return { kind: 'text', text: await shared('digest', () => digestOf(registry, path, get)) };
  },
};

/** As the registry names it, else by the bytes of the manifest. */
async function digestOf(registry: ImageRegistry, path: string, get: () => ReturnType<ImageRegistry['ask']>) {
  const head = await registry.ask({ method: 'HEAD', path, accept: MANIFEST_TYPES });
  return namedDigest(head) ?? digestOfBody(await get());
}

async function listTags(registry: ImageRegistry, { origin }: ImageReference): Promise<readonly string[]> {
  const tags: string[] = [];
  const seen = new Set<string>();
  let path: string | null = `tags/list?n=${PAGE}`;
  while (path !== null) {
    // a list that leads back to where it was has no end
    if (seen.has(path) || tags.length > MOST_TAGS)
      throw new Failure('too-large', 'the registry lists tags without end', { registry: origin, tags: tags.length });
    seen.add(path);
    const answer = await registry.ask({ method: 'GET', path, accept: 'application/json' });
    const message = 'the answer is not a list of tags: check the registry';
    // not all at once: a registry may send them all in one page, however many were asked for
    for (const tag of jsonAnswer(answer.body, { schema: tagList, message, url: answer.url }).tags ?? []) tags.push(tag);
    path = nextPage(answer.headers.link, answer.url);
  }
  return tags;
}

/** The address behind `rel="next"` (RFC 8288). */
function nextPage(link: string | undefined, url: string): string | null {
  const target = /<([^>]*)>\s*;[^<]*\brel="?next"?/i.exec(link ?? '')?.[1];
  return target !== undefined && URL.canParse(target, url) ? new URL(target, url).href : null;
}

function matchingTags(tags: readonly string[], pattern: string, { repository }: ImageReference): Content {
  const items = tags.filter(globMatcher(pattern));
  if (items.length === 0)
    throw new Failure('no-match', 'the repository has no tag that matches', { repository, pattern, tags: tags.length });
  return { kind: 'list', items };
}
