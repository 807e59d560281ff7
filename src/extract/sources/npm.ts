// Source `npm`: the version that a dist-tag of a package names, or all versions, from the abbreviated metadata of a
// registry (github.com/npm/registry, "Package Metadata").
import semanticVersions from 'semver';
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { nearestWord } from '../../core/nearest.ts';
import { size } from '../../definition/written-values.ts';
import { jsonAnswer } from '../json-answer.ts';
import { secret } from '../login.ts';
import { npmRegistry } from '../packages/npm-registry.ts';
import { readIndex } from '../packages/read-index.ts';
import type { Content, StepType } from '../step.ts';
import { below, webAddress } from '../web-address.ts';

const ABBREVIATED = 'application/vnd.npm.install-v1+json';
/** Bytes: packages with thousands of versions have several megabytes of them. */
const DEFAULT_MAX_SIZE = 50_000_000;

const schema = z
  .strictObject({
    npm: z
      .string()
      .max(214)
      .regex(/^(?:@[\w~.-]+\/)?[\w~-][\w~.-]*$/, 'not the name of a package: write NAME or @SCOPE/NAME')
      .meta({ description: 'Name of the package, @SCOPE/NAME for one of a scope', examples: ['@scope/package'] }),
    tag: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('The version that this dist-tag names, deprecated or not; default latest'),
    versions: z.literal(true).optional().describe('All versions, for the next step to narrow, instead of a tag'),
    prereleases: z.boolean().optional().describe('Whether versions has pre-releases (rc, beta …) too; default false'),
    deprecated: z.boolean().optional().describe('Whether versions has deprecated ones too; default false'),
    registry: webAddress('URL of the registry; default what npm on this machine is set to', 'a registry').optional(),
    token: secret('Token that is sent to the registry, as ${secret:NAME}', 'token').optional(),
    max_size: size('Largest metadata of a package; default 50MB').default(DEFAULT_MAX_SIZE),
  })
  .superRefine(({ tag, versions, prereleases, deprecated }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (versions !== undefined && tag !== undefined) refuse('tag', 'not together with versions');
    if (versions === undefined && prereleases !== undefined) refuse('prereleases', 'only together with versions');
    if (versions === undefined && deprecated !== undefined) refuse('deprecated', 'only together with versions');
  });

export type NpmOptions = z.infer<typeof schema>;

/** What is looked at of the metadata. A package that was unpublished may leave an answer without either. */
const metadata = z.object({
  'dist-tags': z.record(z.string(), z.string()).default({}),
  // a text says why; false and an empty one take a deprecation back
  versions: z.record(z.string(), z.object({ deprecated: z.unknown().optional() })).default({}),
});

export const npm: StepType<NpmOptions> = {
  role: 'source',
  summary: 'the version of an npm package that a dist-tag names, or all versions',
  schema,
  async run(options, _input, context) {
    const registry = options.registry ?? (await npmRegistry(options.npm, context));
    const url = below(registry, options.npm.replace('/', '%2f'));
    return readIndex<Content>(
      {
        owner: options,
        url,
        accept: ABBREVIATED,
        login: { kind: 'token', token: options.token, scheme: 'Bearer' },
        maxSize: options.max_size,
        missing: () =>
          new Failure('no-match', 'the registry has no such package: check its name, and the registry', {
            package: options.npm,
            registry,
          }),
        read: ({ body }) => {
          const message = 'the registry does not answer with the metadata of a package: check its address';
          const found = jsonAnswer(body, { schema: metadata, message, url });
          return options.versions === true ? allVersions(found, options) : taggedVersion(found, options);
        },
      },
      context,
    );
  },
};

type Metadata = z.infer<typeof metadata>;

function taggedVersion({ 'dist-tags': tags, versions }: Metadata, { npm: name, tag = 'latest' }: NpmOptions): Content {
  assertPublished(versions, name);
  const version = Object.hasOwn(tags, tag) ? tags[tag] : undefined;
  if (version === undefined)
    throw new Failure('no-match', 'the package has no such dist-tag', {
      package: name,
      tag,
      nearest: nearestWord(tag, Object.keys(tags)),
      tags: Object.keys(tags).slice(0, 10).join(', '),
    });
  if (!Object.hasOwn(versions, version))
    throw new Failure('no-match', 'the dist-tag names a version that the registry does not have', {
      package: name,
      tag,
      version,
    });
  return { kind: 'text', text: version };
}

function allVersions({ versions }: Metadata, options: NpmOptions): Content {
  assertPublished(versions, options.npm);
  const items = Object.entries(versions)
    .filter(([version, { deprecated }]) => {
      const isDeprecated = typeof deprecated === 'string' ? deprecated !== '' : deprecated === true;
      return (
        (options.deprecated === true || !isDeprecated) &&
        (options.prereleases === true || !semanticVersions.prerelease(version))
      );
    })
    .map(([version]) => version);
  if (items.length === 0)
    throw new Failure('no-match', 'all versions are deprecated or pre-releases, see deprecated and prereleases', {
      package: options.npm,
      versions: Object.keys(versions).length,
    });
  return { kind: 'list', items };
}

function assertPublished(versions: Metadata['versions'], name: string): void {
  if (Object.keys(versions).length === 0)
    throw new Failure('no-match', 'the package has no version: all of it was unpublished', { package: name });
}
