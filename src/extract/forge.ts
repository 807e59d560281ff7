// Requests to the API of a forge, for the steps that know one: the token, one request where several ask the same, and
// what a forge means when it refuses.
import { Failure } from '../core/failure.ts';
import type { HttpResponse } from '../system/http.ts';
import { type Login, loginHeaders, loginKey, secret } from './login.ts';
import type { StepContext } from './step.ts';
import { hostOf } from './web-address.ts';

/** `gitea` is Forgejo and Gogs too, which speak the same. */
export type Forge = 'github' | 'gitlab' | 'gitea';

/** The written form of a token. */
export const FORGE_TOKEN = secret('Token that is sent, as ${secret:NAME}', 'token');

const ACCEPT: Readonly<Record<Forge, Readonly<Record<string, string>>>> = {
  github: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  gitlab: { accept: 'application/json' },
  gitea: { accept: 'application/json' },
};

/** How each writes a token into the Authorization header. */
const SCHEME = { github: 'Bearer', gitlab: 'Bearer', gitea: 'token' } as const;

/** Throws the Failures of a request; those that a token would change say so. */
export async function askForge(
  { forge, url, token }: { readonly forge: Forge; readonly url: string; readonly token: string | undefined },
  context: StepContext,
): Promise<HttpResponse> {
  const login: Login = { kind: 'token', token, scheme: SCHEME[forge] };
  try {
    const headers = { ...ACCEPT[forge], ...loginHeaders(login, hostOf(url), context) };
    return await context.once(`forge ${loginKey(login)} ${url}`, () =>
      // an answer that is confirmed does not count against the limit of requests
      context.http.request({ url, headers, revalidate: 'yes' }, context.signal),
    );
  } catch (error) {
    throw error instanceof Failure ? explained(error, token === undefined ? 'without' : 'with') : error;
  }
}

/** What a refusal means, without a token and with one. Forges hide what is private: they call it not found. */
const REFUSALS: Readonly<Record<string, { readonly without: string; readonly with: string }>> = {
  limit: {
    without: 'the forge takes no more requests without a token for now: set token, which raises the limit',
    with: 'the limit of requests of the token is used up for now: ask less often',
  },
  401: {
    without: 'the forge asks for a token: set token',
    with: 'the forge does not know the token: it is wrong, expired or revoked',
  },
  403: {
    without: 'the forge refuses access: set token',
    with: 'the token may not read this: give it the right to read the project',
  },
  404: {
    without: 'the forge knows nothing of this name, or hides it: check the name; for a private project set token',
    with: 'the forge knows nothing of this name, or the token may not see it: check the name and the rights of the token',
  },
};

function explained(failure: Failure, how: 'without' | 'with'): Failure {
  const { reason, details } = failure;
  const refusal = REFUSALS[reason === 'rate-limited' ? 'limit' : String(details.status)];
  if (refusal === undefined) return failure;
  return new Failure(reason, refusal[how], details, { cause: failure });
}
