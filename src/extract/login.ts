// What a step shows a server to be let in: a token, or a user name with a password. Definitions hold names of secrets,
// which go only to the hosts that the agent's configuration lists for them.
import * as z from 'zod';
import { fillSecrets } from './secret-placeholders.ts';
import type { StepContext } from './step.ts';

/** How to log in; absent values: not at all. */
export type Login =
  | { readonly kind: 'token'; readonly token: string | undefined; readonly scheme: 'Bearer' | 'token' | null }
  | { readonly kind: 'basic'; readonly username: string | undefined; readonly password: string | undefined };

const IS_SECRET = /^\$\{secret:[^}]+\}$/;

/** An option that is nothing but a secret. */
export function secret(about: string, what: string) {
  return z
    .string()
    .refine((text) => IS_SECRET.test(text), {
      error: `a ${what} is a secret: write \${secret:NAME}`,
      // what was pasted here is not told again
      params: { complete: true },
    })
    .meta({ pattern: IS_SECRET.source, description: about });
}

/** The options of a login with a name. */
export const nameAndPassword = {
  username: z
    .string()
    .min(1)
    .max(1000)
    .regex(/^[^\p{Cc}:]+$/u, 'not a user name')
    .optional()
    .describe('User name, together with password; may hold ${secret:NAME}'),
  password: secret('Password that is sent with username, as ${secret:NAME}', 'password').optional(),
};

/** Objects to one of the two without the other. */
export function assertBoth(
  options: { readonly username?: string | undefined; readonly password?: string | undefined },
  context: z.RefinementCtx,
): void {
  const { username, password } = options;
  if ((username === undefined) === (password === undefined)) return;
  const [path, other] = username === undefined ? ['password', 'username'] : ['username', 'password'];
  context.addIssue({ code: 'custom', path: [path], message: `only together with ${other}` });
}

/** True where there is something to show. */
export function hasLogin(login: Login): boolean {
  return (login.kind === 'token' ? login.token : login.password) !== undefined;
}

/** The header that is sent to `host`. Throws a Failure where a secret may not go there. */
export function loginHeaders(
  login: Login,
  host: string,
  { resolveSecrets }: Pick<StepContext, 'resolveSecrets'>,
): Readonly<Record<string, string>> {
  const fill = (text: string) => fillSecrets(text, { host, encode: (value) => value, resolve: resolveSecrets });
  if (login.kind === 'token') {
    if (login.token === undefined) return {};
    return { authorization: [login.scheme, fill(login.token)].filter((part) => part !== null).join(' ') };
  }
  if (login.username === undefined || login.password === undefined) return {};
  const pair = Buffer.from(`${fill(login.username)}:${fill(login.password)}`, 'utf8');
  return { authorization: `Basic ${pair.toString('base64')}` };
}

/** Tells two logins apart by the names of their secrets: one name, one secret. */
export function loginKey(login: Login): string {
  return JSON.stringify(login.kind === 'token' ? [login.token] : [login.username, login.password]);
}
