// Asks a package registry for one document of its index. What the step made of it is kept, be it that nothing matches, so
// that the server confirms the document (304) however large it is: the HTTP client keeps whole answers, small ones only.
import { Failure } from '../../core/failure.ts';
import { validatorsOf } from '../../system/http/validators.ts';
import type { HttpResponse } from '../../system/http.ts';
import { hasLogin, type Login, loginHeaders, loginKey } from '../login.ts';
import type { StepContext } from '../step.ts';
import { hostOf } from '../web-address.ts';

export interface IndexQuery<T> {
  /** The options of the step: what it made of the document is kept as long as they are. */
  readonly owner: object;
  readonly url: string;
  /** What the request accepts. */
  readonly accept: string;
  readonly login: Login;
  /** Bytes. */
  readonly maxSize: number;
  /** Milliseconds; by default the agent's. */
  readonly timeout?: number | undefined;
  /** What it means that there is nothing at the address. */
  missing(): Failure;
  read(document: HttpResponse): T | Promise<T>;
}

interface Kept {
  readonly url: string;
  readonly validators: Readonly<Record<string, string>>;
  readonly fetchedAt: number;
  readonly made: Made<unknown>;
}

/** What `read` made of a document. */
type Made<T> = { readonly kind: 'value'; readonly value: T } | { readonly kind: 'no-match'; readonly failure: Failure };

/** Milliseconds after which a document is read whole again, whatever its server says. */
const LONGEST_KEPT = 86_400_000;
/** Nothing there, nothing there any more, not there for lawyers. */
const MISSING: ReadonlySet<number> = new Set([404, 410, 451]);
const DENIED: ReadonlySet<number> = new Set([401, 403]);

const kept = new WeakMap<object, Kept>();

/** What `read` makes of the document. Throws a Failure: those of a request, of `missing` and `read`, and `http-status`
 * that names the options of a login. */
export async function readIndex<T>(query: IndexQuery<T>, context: StepContext): Promise<T> {
  const known = keptFor(query, context.clock.now());
  const validators = known?.validators ?? {};
  const key = JSON.stringify([
    query.url,
    query.accept,
    loginKey(query.login),
    query.maxSize,
    query.timeout,
    validators,
  ]);
  const answer = await context.once(`index ${key}`, () =>
    context.http.request(
      {
        url: query.url,
        headers: {
          accept: query.accept,
          ...validators,
          ...loginHeaders(query.login, hostOf(query.url), context),
        },
        maxSize: query.maxSize,
        timeout: query.timeout,
        accept: (status) => isDocument(status) || status === 304 || MISSING.has(status) || DENIED.has(status),
      },
      context.signal,
    ),
  );
  if (MISSING.has(answer.status)) throw query.missing();
  if (DENIED.has(answer.status)) throw deniedFailure(answer, query);
  // kept under the same options, by the same `read`
  if (answer.status === 304 && known !== null) return outcomeOf(known.made as Made<T>);
  const made = await makeOf(query, answer);
  const validatorsNow = answer.status === 200 ? validatorsOf(answer.headers) : null;
  if (validatorsNow === null) kept.delete(query.owner);
  else kept.set(query.owner, { url: query.url, validators: validatorsNow, fetchedAt: context.clock.now(), made });
  return outcomeOf(made);
}

async function makeOf<T>(query: IndexQuery<T>, answer: HttpResponse): Promise<Made<T>> {
  try {
    return { kind: 'value', value: await query.read(answer) };
  } catch (error) {
    if (error instanceof Failure && error.reason === 'no-match') return { kind: 'no-match', failure: error };
    throw error;
  }
}

function outcomeOf<T>(made: Made<T>): T {
  if (made.kind === 'no-match') throw made.failure;
  return made.value;
}

function isDocument(status: number): boolean {
  return status >= 200 && status < 300;
}

function keptFor({ owner, url }: Pick<IndexQuery<unknown>, 'owner' | 'url'>, now: number): Kept | null {
  const known = kept.get(owner);
  if (known === undefined || known.url !== url) return null;
  const age = now - known.fetchedAt;
  return age >= 0 && age < LONGEST_KEPT ? known : null;
}

const ASKS_FOR_LOGIN = {
  token: 'the registry asks for a login: set token',
  basic: 'the registry asks for a login: set username and password',
};
const REFUSES_LOGIN = {
  token: 'the registry refuses the login: look at token, and at what it may see',
  basic: 'the registry refuses the login: look at username and password, and at what they may see',
};

function deniedFailure({ status }: HttpResponse, { login, url }: IndexQuery<unknown>): Failure {
  return new Failure('http-status', (hasLogin(login) ? REFUSES_LOGIN : ASKS_FOR_LOGIN)[login.kind], { status, url });
}
