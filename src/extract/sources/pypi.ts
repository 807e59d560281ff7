// Source `pypi`: the newest release of a Python project in the order of PEP 440, or all releases, from the simple API of
// an index.
import type { Pep440Version } from '@renovatebot/pep440';
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { size } from '../../definition/written-values.ts';
import { assertBoth, nameAndPassword } from '../login.ts';
import { pipIndex } from '../packages/pip-index.ts';
import {
  normalizedName,
  type ProjectFile,
  projectFiles,
  SIMPLE_API,
  versionOfFile,
} from '../packages/project-files.ts';
import { readIndex } from '../packages/read-index.ts';
import type { Content, StepType } from '../step.ts';
import { below, webAddress } from '../web-address.ts';

const DEFAULT_MAX_SIZE = 50_000_000;

const schema = z
  .strictObject({
    pypi: z
      .string()
      .max(200)
      .regex(/^[a-z\d](?:[\w.-]*[a-z\d])?$/i, 'not the name of a project')
      .meta({ description: 'Name of the project', examples: ['requests'] }),
    versions: z.literal(true).optional().describe('All releases, for the next step to narrow, not only the newest'),
    prereleases: z.boolean().optional().describe('Whether pre-releases (rc, beta, dev …) count too; default false'),
    yanked: z.boolean().optional().describe('Whether releases that were yanked count too; default false'),
    index: webAddress('URL of the simple API; default what pip on this machine is set to', 'an index').optional(),
    ...nameAndPassword,
    max_size: size('Largest list of files of a project; default 50MB').default(DEFAULT_MAX_SIZE),
  })
  .superRefine(assertBoth);

export type PypiOptions = z.infer<typeof schema>;

export const pypi: StepType<PypiOptions> = {
  role: 'source',
  summary: 'the newest release of a Python project, or all releases',
  schema,
  async run(options, _input, context) {
    const index = options.index ?? (await pipIndex(context));
    return readIndex<Content>(
      {
        owner: options,
        url: `${below(index, normalizedName(options.pypi))}/`,
        accept: SIMPLE_API,
        login: { kind: 'basic', username: options.username, password: options.password },
        maxSize: options.max_size,
        missing: () =>
          new Failure('no-match', 'the index has no such project: check its name, and the index', {
            project: options.pypi,
            index,
          }),
        read: async (answer) => choose(await projectFiles(answer, context), options),
      },
      context,
    );
  },
};

async function choose(files: readonly ProjectFile[], options: PypiOptions): Promise<Content> {
  const { default: pep440 } = await import('@renovatebot/pep440');
  const releases = files.flatMap(({ filename, yanked }) => {
    // versions that are not of PEP 440 do not count: no order says which of them is newer
    const version = pep440.clean(versionOfFile(filename, options.pypi));
    return version === null ? [] : [{ version, yanked }];
  });
  if (releases.length === 0)
    throw new Failure('no-match', 'the page of the project lists no release: check the index', {
      project: options.pypi,
      files: files.length,
    });
  // a release was yanked where all of its files were
  const usable = releases.filter(({ yanked }) => options.yanked === true || !yanked).map(({ version }) => version);
  const items = [...new Set(usable)]
    .filter((version) => options.prereleases === true || !isPrerelease(pep440.parse(version)))
    .sort((one, other) => pep440.compare(one, other) || (one < other ? -1 : 1));
  const newest = items.at(-1);
  if (newest === undefined)
    throw new Failure('no-match', 'all releases were yanked or are pre-releases, see yanked and prereleases', {
      project: options.pypi,
      releases: new Set(releases.map(({ version }) => version)).size,
    });
  return options.versions === true ? { kind: 'list', items } : { kind: 'text', text: newest };
}

function isPrerelease(parsed: Pep440Version | null): boolean {
  return parsed === null || parsed.pre !== null || parsed.dev !== null;
}
