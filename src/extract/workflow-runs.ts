// The last workflow run of a branch on GitHub that ended as wanted, through its REST API ("List workflow runs for a
// repository", docs.github.com/rest/actions/workflow-runs).
import * as z from 'zod';
import { askForge, FORGE_TOKEN } from './forge.ts';
import { jsonAnswer } from './json-answer.ts';
import type { Content, StepContext } from './step.ts';
import { below, webAddress } from './web-address.ts';

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
  api: webAddress(
    'Where the API is; default https://api.github.com, of an own server https://HOST/api/v3',
    'an API',
  ).optional(),
  token: FORGE_TOKEN.optional(),
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
  const api = query.api ?? PUBLIC_API;
  const workflow = query.workflow === undefined ? '' : `/workflows/${encodeURIComponent(query.workflow)}`;
  const search = new URLSearchParams({
    ...(query.branch === undefined ? {} : { branch: query.branch }),
    status: STATUS[query.status],
    per_page: '1',
  });
  const url = below(api, `repos/${query.github}/actions${workflow}/runs?${search}`);
  const response = await askForge({ forge: 'github', url, token: query.token }, context);
  const run = jsonAnswer(response.body, {
    schema: answer,
    message: 'the answer is not a list of workflow runs: look at api',
    url,
  }).workflow_runs[0];
  if (run === undefined) {
    const of = query.branch === undefined ? query.github : `${query.branch} of ${query.github}`;
    return {
      kind: 'nothing',
      why: `no workflow run on ${of} ended${query.status === 'any' ? '' : ` with status ${query.status}`} so far`,
    };
  }
  return { kind: 'text', text: query.give === 'run' ? String(run.id) : run.head_sha };
}
