// Source `crates`: the newest version of a Rust crate, or all versions, from a sparse index ("Registry Index" in The Cargo
// Book).
import semanticVersions from 'semver';
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { size } from '../../definition/written-values.ts';
import { jsonAnswer } from '../json-answer.ts';
import { secret } from '../login.ts';
import { cargoIndex } from '../packages/cargo-index.ts';
import { readIndex } from '../packages/read-index.ts';
import type { Content, StepType } from '../step.ts';
import { below, webAddress } from '../web-address.ts';

const DEFAULT_MAX_SIZE = 10_000_000;

const schema = z
  .strictObject({
    crates: z
      .string()
      .max(64)
      .regex(/^[a-z][\w-]*$/i, 'not the name of a crate')
      .meta({ description: 'Name of the crate', examples: ['serde'] }),
    versions: z.literal(true).optional().describe('All versions, for the next step to narrow, not only the newest'),
    prereleases: z.boolean().optional().describe('Whether pre-releases (rc, beta …) count too; default false'),
    yanked: z.boolean().optional().describe('Whether versions that were yanked count too; default false'),
    index: webAddress('URL of the sparse index; default what cargo on this machine is set to', 'an index').optional(),
    registry: z
      .string()
      .regex(/^[\w-]+$/, 'not the name of a registry')
      .optional()
      .describe("Registry of cargo's configuration whose index is asked; default crates-io"),
    token: secret('Token that is sent to the index, as ${secret:NAME}', 'token').optional(),
    max_size: size('Largest index file of a crate; default 10MB').default(DEFAULT_MAX_SIZE),
  })
  .refine(({ index, registry }) => index === undefined || registry === undefined, {
    path: ['registry'],
    message: 'not together with index',
  });

export type CratesOptions = z.infer<typeof schema>;

/** One line of an index file. */
const release = z.object({ vers: z.string(), yanked: z.boolean().default(false) });

export const crates: StepType<CratesOptions> = {
  role: 'source',
  summary: 'the newest version of a Rust crate, or all versions',
  schema,
  async run(options, _input, context) {
    const { crates: name, registry = 'crates-io' } = options;
    const index = options.index ?? (await cargoIndex(registry, context));
    const url = below(index, indexPath(name));
    return readIndex<Content>(
      {
        owner: options,
        url,
        accept: 'text/plain',
        // cargo sends the token as it is, without a scheme
        login: { kind: 'token', token: options.token, scheme: null },
        maxSize: options.max_size,
        missing: () =>
          new Failure('no-match', 'the index has no such crate: check its name, and the index', { crate: name, index }),
        read: ({ body }) => choose(readReleases(body, url), options),
      },
      context,
    );
  },
};

/** Where the file of a crate is in an index. */
function indexPath(written: string): string {
  const name = written.toLowerCase();
  if (name.length <= 2) return `${name.length}/${name}`;
  return name.length === 3 ? `3/${name[0]}/${name}` : `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
}

function readReleases(body: Uint8Array, url: string): readonly z.infer<typeof release>[] {
  const message = 'the answer is not the index file of a crate: check the index';
  const lines = Buffer.from(body).toString('utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => jsonAnswer(line, { schema: release, message, url }));
}

function choose(releases: readonly z.infer<typeof release>[], options: CratesOptions): Content {
  const items = releases
    .filter(({ yanked }) => options.yanked === true || !yanked)
    .map(({ vers }) => vers)
    .filter((version) => semanticVersions.valid(version) !== null)
    .filter((version) => options.prereleases === true || semanticVersions.prerelease(version) === null);
  const [first] = items;
  if (first === undefined)
    throw new Failure('no-match', 'all versions were yanked or are pre-releases, see yanked and prereleases', {
      crate: options.crates,
      versions: releases.length,
    });
  if (options.versions === true) return { kind: 'list', items };
  const newest = items.reduce((best, next) => (semanticVersions.compareBuild(next, best) > 0 ? next : best), first);
  return { kind: 'text', text: newest };
}
