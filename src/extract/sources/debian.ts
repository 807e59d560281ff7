// Source `debian`: the version of a package in a suite of a Debian, Ubuntu or any other apt archive, from the indexes of
// the archive itself (wiki.debian.org, "DebianRepository/Format").
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { duration, size } from '../../definition/written-values.ts';
import { assertBoth, nameAndPassword } from '../login.ts';
import { aptMirror } from '../packages/apt-mirror.ts';
import { versionsInIndex } from '../packages/debian-index.ts';
import { compareDebianVersions } from '../packages/debian-version.ts';
import { readIndex } from '../packages/read-index.ts';
import type { StepType } from '../step.ts';
import { below, webAddress } from '../web-address.ts';

/** Bytes: main of Debian has some 12 MB, universe of Ubuntu 20 MB, and four to six times as much where a server sends it
 * unpacked. */
const DEFAULT_MAX_SIZE = 100_000_000;

/** Milliseconds. */
const DEFAULT_TIMEOUT = 300_000;

/** A word, or several with slashes between them, that stay below the directory they are put in. */
const path = (what: string) =>
  z.string().regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.+~-]+(?:\/[\w.+~-]+)*$/, `not ${what}`);

const schema = z
  .strictObject({
    debian: z
      .string()
      .regex(/^[a-z\d][a-z\d+.-]+$/, 'not the name of a Debian package')
      .meta({
        description: 'Name of the binary package, or with source: true of the source package',
        examples: ['snapd'],
      }),
    suite: path('a suite: write one such as stable or noble-proposed').describe(
      'Suite, such as stable or noble-proposed',
    ),
    component: path('a component').default('main').describe('Component, such as main or universe; default main'),
    arch: z
      .string()
      .regex(/^[a-z\d][a-z\d-]*$/, 'not an architecture')
      .optional()
      .describe('Architecture of the binary package; default amd64'),
    source: z.boolean().optional().describe('Whether the source package is meant; default false'),
    absent: z
      .enum(['failure', 'nothing'])
      .default('failure')
      .describe('What a package means that is not in the suite: a failure, or nothing: not yet; default failure'),
    mirror: webAddress(
      'URL of the archive, above dists/; default where apt on this machine has the suite from',
      'an archive',
    ).optional(),
    ...nameAndPassword,
    timeout: duration('Time for the index to arrive; default 5m', 1).default(DEFAULT_TIMEOUT),
    max_size: size('Largest index as it is sent; default 100MB').default(DEFAULT_MAX_SIZE),
  })
  .superRefine((options, context) => {
    assertBoth(options, context);
    if (options.source === true && options.arch !== undefined)
      context.addIssue({ code: 'custom', path: ['arch'], message: 'source packages have no architecture' });
  });

export type DebianOptions = z.infer<typeof schema>;

export const debian: StepType<DebianOptions> = {
  role: 'source',
  summary: 'the version of a Debian or Ubuntu package in a suite of an archive',
  schema,
  async run(options, _input, context) {
    const { debian: name, suite, component, username, password } = options;
    const mirror = options.mirror ?? (await aptMirror(options, context));
    const index = options.source === true ? 'source/Sources' : `binary-${options.arch ?? 'amd64'}/Packages`;
    const versions = await readIndex(
      {
        owner: options,
        url: below(mirror, `dists/${suite}/${component}/${index}.gz`),
        accept: '*/*',
        login: { kind: 'basic', username, password },
        maxSize: options.max_size,
        timeout: options.timeout,
        missing: () =>
          new Failure('no-match', 'the archive has no such index: check suite, component, arch and mirror', {
            index: `${suite}/${component}/${index}`,
            mirror,
          }),
        read: ({ body }) => versionsInIndex(body, name, context.signal),
      },
      context,
    );
    const [first, ...others] = versions;
    if (first !== undefined) {
      const newest = others.reduce((best, next) => (compareDebianVersions(next, best) > 0 ? next : best), first);
      return { kind: 'text', text: newest };
    }
    if (options.absent === 'nothing') return { kind: 'nothing', why: `no ${name} in ${suite}/${component} so far` };
    throw new Failure('no-match', 'the suite has no such package: check its name, or set absent: nothing', {
      package: name,
      index: `${suite}/${component}/${index}`,
    });
  },
};
