// The files of a Python project as the simple API of an index lists them, in JSON (PEP 691) or HTML (PEP 503), and the
// versions that they are of.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import type { HttpResponse } from '../../system/http.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { StepContext } from '../step.ts';
import { decodeDocument } from '../text-of.ts';

/** JSON where the index has it. */
export const SIMPLE_API =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

export interface ProjectFile {
  readonly filename: string;
  /** Taken back by whoever published it (PEP 592). */
  readonly yanked: boolean;
}

const projectDetail = z.object({
  files: z.array(z.object({ filename: z.string(), yanked: z.union([z.boolean(), z.string()]).default(false) })),
});

/** The files that an answer lists. Throws a Failure (`not-parsable`) where it is no page of a project. */
export async function projectFiles(
  { body, headers, url }: HttpResponse,
  context: Pick<StepContext, 'evaluate' | 'signal'>,
): Promise<readonly ProjectFile[]> {
  const contentType = headers['content-type'] ?? '';
  if (/^application\/(?:vnd\.pypi\.simple\.v1\+)?json/i.test(contentType)) {
    const message = 'the answer is not the list of files of a project: check the index';
    const { files } = jsonAnswer(body, { schema: projectDetail, message, url });
    // a text says why it was yanked, and may be empty
    return files.map(({ filename, yanked }) => ({ filename, yanked: yanked !== false }));
  }
  if (!/html/i.test(contentType))
    throw new Failure('not-parsable', 'the index answers with neither JSON nor HTML: check its address', {
      url,
      content_type: contentType,
    });
  const text = decodeDocument({ kind: 'document', body, contentType });
  const namesIn = (expression: string) =>
    context.evaluate<readonly string[]>({ kind: 'css', expression, text, options: { markup: 'html' } }, context.signal);
  const [all, yanked] = await Promise.all([namesIn('a'), namesIn('a[data-yanked]')]);
  const takenBack = new Set(yanked);
  return all.map((filename) => ({ filename, yanked: takenBack.has(filename) }));
}

/** The name of a project as indexes have it in addresses (PEP 503). */
export function normalizedName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** The version in the name of a wheel or of a source archive; null for other files, and those of other projects. */
export function versionOfFile(filename: string, project: string): string | null {
  const [, stem, kind] = /^(.*)\.(whl|tar\.gz|tar\.bz2|tar\.xz|tgz|zip)$/i.exec(filename) ?? [];
  if (stem === undefined || kind === undefined) return null;
  if (kind.toLowerCase() === 'whl') {
    const [name = '', version] = stem.split('-');
    return version !== undefined && normalizedName(name) === normalizedName(project) ? version : null;
  }
  // the name of a project may have hyphens as well as its version: the first part that is its name ends before the version
  for (let at = stem.indexOf('-'); at > 0; at = stem.indexOf('-', at + 1))
    if (normalizedName(stem.slice(0, at)) === normalizedName(project)) return stem.slice(at + 1);
  return null;
}
