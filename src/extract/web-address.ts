// Addresses of servers: as a step writes them, and as the tools of this machine are configured with them.
import * as z from 'zod';
import { Failure } from '../core/failure.ts';
import { hasSecret, hostOfTemplate } from './secret-placeholders.ts';

/** The address of a server below which paths are asked for; `what` ends the message "not the URL of …". */
export function webAddress(about: string, what: string) {
  return z
    .string()
    .max(2000)
    .refine((url) => hostOfTemplate(url) !== null && !hasSecret(url) && !/[?#]/.test(url), `not the URL of ${what}`)
    .refine((url) => !hasLogin(url), 'an address with a login: write it with the options for that, as a secret')
    .describe(about);
}

/** What stands below an address, with one slash between them. */
export function below(address: string, path: string): string {
  return `${address.replace(/\/+$/, '')}/${path}`;
}

/** Host of an address with its port, where it is not the scheme's own: what a secret must allow. */
export function hostOf(address: string): string {
  return new URL(address).host;
}

/** An address that a tool is configured with, less the login that may stand in it: which is the tool's and not ours.
 * Throws a Failure (`definition`) that names the setting, and never what it holds, and the option to set instead. */
export function configuredAddress(
  written: string,
  names: { readonly setting: string; readonly option: string },
): string {
  const url = URL.canParse(written.trim()) ? new URL(written.trim()) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new Failure(
      'definition',
      'the address that this machine is configured with is no http or https URL: set it here',
      names,
    );
  return `${url.origin}${url.pathname}`;
}

/** True for a URL that holds a user name or a password as such, and not as a secret. */
export function hasLogin(address: string): boolean {
  const [, login = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^/@]*)@/i.exec(address) ?? [];
  return login !== '' && !hasSecret(login);
}
