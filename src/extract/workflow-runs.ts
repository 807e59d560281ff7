// The last workflow run of a branch on GitHub that ended as wanted, through its REST API ("List workflow runs for a
// repository", docs.github.com/rest/actions/workflow-runs).
import * as z from 'zod';
import { Failure } from '../core/failure.ts';
import { fillSecrets, hasSecret, hostOfTemplate } from './secret-placeholders.ts';
import type { Content, StepContext } from './step.ts';

const PUBLIC_API = 'https://api.github.com';

/** The written form. */
export const workflowRuns = z.strictObject({
  github: z
    .string()
    .regex(/^[\w-]+\/(?!\.{1,2}$)[\w.-]+$/, 'not a repository on GitHub: write OWNER/NAME')
    .describe('Repository on GitHub, as OWNER/NAME'),
  workflow: z
    .string()
    .regex(/^(?!\.)[\w.-]+$/, 'not a workflow: write the name of its file, such as ci.yml')
    .optional()
    .describe('File name of the workflow; absent: any workflow'),
  branch: z
    .string()
    .min(1)
    .max(500)
    .regex(/^(?!-)[^\p{Cc}\s]+$/u, 'not the name of a branch')
    .optional()
    .describe('Branch whose runs count; absent: any branch'),
  api: z
    .string()
    .max(2000)
    .refine((url) => hostOfTemplate(url) !== null && !hasSecret(url) && !/[?#]/.test(url), 'not the URL of an API')
    .optional()
    .describe('Where the API is; default https://api.github.com, of an own server https://HOST/api/v3'),
  token: z
    .string()
    .regex(/^\$\{secret:[^}]+\}$/, 'a token is a secret: write ${secret:NAME}')
    .optional()
    .describe('Token that is sent, as ${secret:NAME}'),
});

export interface WorkflowQuery extends z.infer<typeof workflowRuns> {
  readonly give: 'value' | 'change' | 'run';
  readonly status: 'success' | 'failed' | 'any';
}

/** What the API calls the statuses. */
const STATUS = { success: 'success', failed: 'failure', any: 'completed' } as const;

const answer = z.object({
  workflow_runs: z.array(z.object({ id: z.int(), head_sha: z.string().regex(/^[0-9a-f]{40,64}$/) })),
});

/** The commit or the id of the newest run; nothing where there is none. Throws the Failures of a request. */
export async function lastWorkflowRun(query: WorkflowQuery, context: StepContext): Promise<Content> {
  const api = (query.api ?? PUBLIC_API).replace(/\/+$/, '');
  const workflow = query.workflow === undefined ? '' : `/workflows/${encodeURIComponent(query.workflow)}`;
  const search = new URLSearchParams({
    ...(query.branch === undefined ? {} : { branch: query.branch }),
    status: STATUS[query.status],
    per_page: '1',
  });
  const url = `${api}/repos/${query.github}/actions${workflow}/runs?${search}`;
  const host = hostOfTemplate(api) ?? '';
  const asIs = (value: string) => value;
  const { token } = query;
  const authorization =
    token === undefined
      ? {}
      : { authorization: `Bearer ${fillSecrets(token, { host, encode: asIs, resolve: context.resolveSecrets })}` };
  // the placeholder and not the secret tells two requests apart: one name, one secret
  const response = await context.once(`workflow-runs ${token ?? ''} ${url}`, () =>
    context.http.request(
      {
        url,
        headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28', ...authorization },
        // an answer that is confirmed does not count against the limit of requests
        revalidate: 'yes',
      },
      context.signal,
    ),
  );
  const run = readAnswer(response.body, url).workflow_runs[0];
  if (run === undefined) {
    const of = query.branch === undefined ? query.github : `${query.branch} of ${query.github}`;
    return {
      kind: 'nothing',
      why: `no workflow run on ${of} ended${query.status === 'any' ? '' : ` with status ${query.status}`} so far`,
    };
  }
  return { kind: 'text', text: query.give === 'run' ? String(run.id) : run.head_sha };
}

function readAnswer(body: Uint8Array, url: string): z.infer<typeof answer> {
  try {
    return answer.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (error) {
    throw new Failure(
      'not-parsable',
      'the answer is not a list of workflow runs: look at api',
      { url },
      { cause: error },
    );
  }
}
