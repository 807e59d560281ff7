// Manifests of container images and indexes of them, in the types of OCI and of Docker.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import type { HttpResponse } from '../../system/http.ts';
import { jsonAnswer } from '../json-answer.ts';

/** What a request for a manifest accepts. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-zA-Z=_-]{32,}$/;

const index = z.object({
  manifests: z
    .array(
      z.object({
        digest: z.string().regex(DIGEST),
        platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
      }),
    )
    .optional(),
});

/** The digest that the registry names in its header; null where it names none. */
export function namedDigest({ headers }: HttpResponse): string | null {
  const named = headers['docker-content-digest'];
  return named !== undefined && DIGEST.test(named) ? named : null;
}

/** The digest of a manifest by its bytes. */
export function digestOfBody({ body }: HttpResponse): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

/** The digest of the manifest for a platform (`os/architecture` or `os/architecture/variant`) in an index. Throws a Failure:
 * `no-match`, `several-matches` where a variant would tell them apart, `not-parsable`. */
export function digestFor(platform: string, { body, url }: HttpResponse): string {
  const message = 'the answer is not a manifest: check the registry';
  const { manifests } = jsonAnswer(body, { schema: index, message, url });
  if (manifests === undefined)
    throw new Failure('no-match', 'the image is for one platform only: leave platform out', { platform });
  const all = manifests.map((manifest) => ({ ...manifest, name: platformName(manifest.platform) }));
  const found = all.filter(({ name }) => name === platform || name.startsWith(`${platform}/`));
  const names = (some: typeof all) => [...new Set(some.map(({ name }) => name))].join(', ');
  const digests = [...new Set(found.map(({ digest }) => digest))];
  const [digest] = digests;
  if (digest === undefined)
    throw new Failure('no-match', 'the image is not there for this platform', { platform, platforms: names(all) });
  if (digests.length > 1)
    throw new Failure('several-matches', 'the image has several of this platform: write the variant too', {
      platform,
      platforms: names(found),
    });
  return digest;
}

function platformName(
  platform: { os: string; architecture: string; variant?: string | undefined } | undefined,
): string {
  if (platform === undefined) return 'unknown';
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== undefined).join('/');
}
