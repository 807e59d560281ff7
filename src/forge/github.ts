// GitHub's REST API (docs.github.com/rest), of the public service or of a server of one's own: commit statuses, workflow
// dispatches, and what it says of the repository.
import * as z from 'zod';
import { Failure, toFailure } from '../core/failure.ts';
import type { HttpClient, HttpResponse } from '../system/http.ts';
import type { Forge, HostedRepository } from './forge.ts';

export interface GitHubOptions {
  /** Base of the API, such as `https://api.github.com`. */
  readonly api: string;
  readonly owner: string;
  readonly name: string;
  /** Null: only what everybody may see. */
  readonly token: string | null;
  readonly http: HttpClient;
}

/** Longest description of a status that GitHub takes, in characters. */
const LONGEST_DESCRIPTION = 140;
/** More workflows are not looked at. */
const PAGE = 100;

const repositoryAnswer = z.object({
  default_branch: z.string(),
  private: z.boolean(),
  permissions: z.object({ push: z.boolean() }).optional(),
});

const workflowsAnswer = z.object({ workflows: z.array(z.object({ path: z.string(), state: z.string() })) });

export function createGitHub({ api, owner, name, token, http }: GitHubOptions): Forge {
  const base = `${api.replace(/\/+$/, '')}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;

  /** `needs`: the right that a token must have, in GitHub's words. */
  async function ask(
    request: {
      readonly method: 'GET' | 'POST';
      readonly path: string;
      readonly body?: object;
      readonly needs: string;
    },
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const { method, path, body, needs } = request;
    try {
      return await http.request(
        {
          url: `${base}${path}`,
          method,
          headers: {
            accept: 'application/vnd.github+json',
            'x-github-api-version': '2022-11-28',
            ...(token === null ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          body: body === undefined ? undefined : JSON.stringify(body),
        },
        signal,
      );
    } catch (error) {
      throw refusal(toFailure(error), { needs, hasToken: token !== null, repository: `${owner}/${name}` });
    }
  }

  return {
    name: 'GitHub',
    async setStatus({ commit, state, context, description, url }, signal) {
      const shown = [...description].slice(0, LONGEST_DESCRIPTION).join('');
      const body = { state, context, description: shown, ...(url === null ? {} : { target_url: url }) };
      await ask({ method: 'POST', path: `/statuses/${commit}`, body, needs: 'statuses: write' }, signal);
    },
    async dispatch({ workflow, event, ref, inputs }, signal) {
      const request =
        workflow === null
          ? { path: '/dispatches', body: { event_type: event, client_payload: inputs }, needs: 'contents: write' }
          : {
              path: `/actions/workflows/${encodeURIComponent(workflow)}/dispatches`,
              body: { ref, inputs },
              needs: 'actions: write',
            };
      await ask({ method: 'POST', ...request }, signal);
    },
    async repository(signal): Promise<HostedRepository> {
      const response = await ask({ method: 'GET', path: '', needs: 'metadata: read' }, signal);
      const found = read(repositoryAnswer, response);
      const scopes = response.headers['x-oauth-scopes'];
      return {
        defaultBranch: found.default_branch,
        visibility: found.private ? 'private' : 'public',
        mayPush: found.permissions?.push ?? null,
        scopes: scopes === undefined ? null : scopes.split(',').map((scope) => scope.trim()),
      };
    },
    async workflows(signal) {
      const path = `/actions/workflows?per_page=${PAGE}`;
      const response = await ask({ method: 'GET', path, needs: 'actions: read' }, signal);
      return read(workflowsAnswer, response).workflows.map(({ path: file, state }) => ({
        path: file,
        disabled: state === 'active' ? null : state.replaceAll('_', ' '),
      }));
    },
  };
}

/** What a status means here; other failures are as they are. */
function refusal(
  failure: Failure,
  asked: { readonly needs: string; readonly hasToken: boolean; readonly repository: string },
): Failure {
  if (failure.reason !== 'http-status') return failure;
  const { needs, hasToken, repository } = asked;
  const { status, body: said } = failure.details;
  switch (status) {
    case 401:
      return new Failure('authentication-failed', 'GitHub does not accept the token: make a new one', {
        repository,
        said,
      });
    case 403:
    case 404:
      return hasToken
        ? new Failure('authentication-failed', 'GitHub knows nothing of this name, or the token may not do this', {
            repository,
            needs,
            said,
          })
        : new Failure('authentication-failed', 'GitHub wants a token for this: set forge.token', { repository, needs });
    case 422:
      return new Failure('configuration', 'GitHub refuses this: look at the workflow and the inputs that it takes', {
        repository,
        said,
      });
    default:
      return failure;
  }
}

function read<T>(schema: z.ZodType<T>, { body, url }: HttpResponse): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (error) {
    throw new Failure('not-parsable', 'the answer is not that of GitHub: look at forge.api', { url }, { cause: error });
  }
}
