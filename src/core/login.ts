// Addresses as they may be shown: user and password are left out.

/** A URL without user and password; what is no URL stays as it is. */
export function withoutLogin(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}
