// Asks a container registry (OCI Distribution Specification 1.1; token flow after distribution.github.io, "Token
// Authentication Specification"). A login goes to the host that asks for it, and only where the secret may go there.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import type { HttpResponse } from '../../system/http.ts';
import { jsonAnswer } from '../json-answer.ts';
import { hasLogin, type Login, loginHeaders, loginKey } from '../login.ts';
import type { StepContext } from '../step.ts';
import { below, hostOf } from '../web-address.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import type { ImageReference } from './reference.ts';

export interface ImageRegistry {
  /**
   * Sends a request about the repository: `path` is what follows its name, or a whole URL of this registry. Throws a
   * Failure: `no-match` (no such repository, no such tag), `http-status` that names the options of a login, `refused`.
   */
  ask(request: {
    readonly method: 'GET' | 'HEAD';
    readonly path: string;
    readonly accept: string;
  }): Promise<HttpResponse>;
}

/** OAuth calls it otherwise than registries do. */
const token = z
  .union([z.object({ token: z.string().min(1) }), z.object({ access_token: z.string().min(1) })])
  .transform((given) => ('token' in given ? given.token : given.access_token));
const problems = z.object({ errors: z.array(z.object({ code: z.string() })) });

/** Statuses that are looked at here. */
const LOOKED_AT: ReadonlySet<number> = new Set([401, 403, 404]);
const isAnswer = (status: number) => (status >= 200 && status < 300) || LOOKED_AT.has(status);

/** Logs in once, at the first answer that asks for it. */
export function imageRegistry(reference: ImageReference, login: Login, context: StepContext): ImageRegistry {
  const { origin, repository } = reference;
  let authorization: Readonly<Record<string, string>> | null = null;

  const send = async (method: 'GET' | 'HEAD', url: string, accepted: string) => {
    const headers = { accept: accepted, ...authorization };
    try {
      return await context.http.request({ url, method, headers, accept: isAnswer }, context.signal);
    } catch (error) {
      throw error instanceof Failure && error.reason === 'rate-limited' && !hasLogin(login) ? limited(error) : error;
    }
  };

  return {
    async ask({ method, path, accept: accepted }) {
      const url = new URL(path, below(origin, `v2/${repository}/`));
      if (url.origin !== origin)
        throw new Failure('refused', 'the registry leads to another host', { registry: origin, to: url.origin });
      let answer = await send(method, url.href, accepted);
      if (answer.status === 401 && authorization === null) {
        const challenge = parseChallenge(answer.headers['www-authenticate'], url.href);
        authorization = await authorize(challenge, { reference, login }, context);
        answer = await send(method, url.href, accepted);
      }
      if (!LOOKED_AT.has(answer.status)) return answer;
      // an answer to HEAD does not say what is missing
      if (method === 'HEAD') answer = await send('GET', url.href, accepted);
      if (!LOOKED_AT.has(answer.status)) return answer;
      throw refusal(answer, { reference, login });
    },
  };
}

interface Asking {
  readonly reference: ImageReference;
  readonly login: Login;
}

async function authorize(challenge: Challenge, { reference, login }: Asking, context: StepContext) {
  if (challenge.kind === 'basic') {
    if (!hasLogin(login)) throw denied(reference.origin, login);
    return loginHeaders(login, hostOf(reference.origin), context);
  }
  const { realm } = challenge;
  if (realm.protocol === 'http:' && !reference.origin.startsWith('http:') && hasLogin(login))
    throw new Failure('refused', 'the registry wants the login to be sent without TLS', { realm: realm.origin });
  if (challenge.service !== null) realm.searchParams.set('service', challenge.service);
  realm.searchParams.set('scope', challenge.scope ?? `repository:${reference.repository}:pull`);
  const answer = await context.once(`image token ${realm.href} ${loginKey(login)}`, () =>
    context.http.request(
      { url: realm.href, headers: loginHeaders(login, realm.host, context), accept: isAnswer },
      context.signal,
    ),
  );
  if (LOOKED_AT.has(answer.status)) throw denied(realm.origin, login);
  const message = 'the registry gives no token: the answer is of another kind';
  const given = jsonAnswer(answer.body, { schema: token, message, url: `${realm.origin}${realm.pathname}` });
  return { authorization: `Bearer ${given}` };
}

function refusal(answer: HttpResponse, { reference, login }: Asking): Failure {
  const { origin: registry, repository, tag } = reference;
  if (answer.status !== 404) return denied(registry, login, repository);
  return codesOf(answer).includes('NAME_UNKNOWN') || tag === null
    ? new Failure('no-match', 'the registry has no such repository: check its name', { registry, repository })
    : new Failure('no-match', 'the repository has no such tag: check the tag, and the name of the repository', {
        registry,
        repository,
        tag,
      });
}

/** Registries do not tell what is private from what is not there. */
function denied(asked: string, login: Login, repository?: string): Failure {
  const message = hasLogin(login)
    ? 'the registry refuses the login: look at username and password, and at what it may see'
    : 'the registry asks for a login: set username and password, or check the name of the repository';
  return new Failure('http-status', message, { asked, repository });
}

/** Whoever logs in is mostly let in more often. */
function limited({ reason, details }: Failure): Failure {
  return new Failure(reason, 'the registry wants to be asked less often: set every, or username and password', details);
}

function codesOf({ body }: HttpResponse): readonly string[] {
  try {
    return problems.parse(JSON.parse(Buffer.from(body).toString('utf8'))).errors.map(({ code }) => code);
  } catch {
    // a proxy's page, or an older registry's: the status says enough
    return [];
  }
}
