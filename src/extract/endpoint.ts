// Hosts as people write them, for the sources that reach one without a URL: `example.com`, `example.com:8443`,
// `192.0.2.1`, `[2001:db8::1]:53`.

export interface Host {
  /** A name in ASCII and lower case, or an address without brackets. */
  readonly host: string;
  readonly kind: 'name' | 'address';
}

export interface Endpoint extends Host {
  readonly port: number;
}

/** Null for what is neither a name nor an address. */
export function readHost(text: string): Host | null {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  // As browsers read them, which knows names in other scripts and odd forms of addresses.
  const url = `http://${bare.includes(':') ? `[${bare}]` : bare}/`;
  if (bare === '' || /[\s/?#@\\]/.test(bare) || !URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  const isAddress = hostname.startsWith('[') || /^\d+(?:\.\d+){3}$/.test(hostname);
  return { host: hostname.replace(/^\[|\]$/g, ''), kind: isAddress ? 'address' : 'name' };
}

/** A host with or without a port. */
export function readEndpoint(text: string, defaultPort: number): Endpoint | null {
  const match = /^(\[.*\]|[^:]*):(\d{1,5})$/.exec(text);
  const host = readHost(match?.[1] ?? text);
  const port = match === null ? defaultPort : Number(match[2]);
  return host === null || port < 1 || port > 65_535 ? null : { ...host, port };
}
