// Which proxy a request goes through, after the variables that curl and others read: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY
// and NO_PROXY, in any case.

export interface ProxySettings {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly none: readonly NoProxyEntry[];
}

interface NoProxyEntry {
  /** Lower case, without a leading dot or `*.`; `*` alone means every host. */
  readonly host: string;
  readonly port: string | undefined;
}

/** Reads the variables; lower case wins over upper case, an empty one counts as absent. */
export function readProxySettings(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const values = new Map<string, string>();
  for (const name of Object.keys(env).sort()) {
    const value = env[name]?.trim();
    if (value) values.set(name.toLowerCase(), value);
  }
  const all = values.get('all_proxy');
  return {
    http: withScheme(values.get('http_proxy') ?? all),
    https: withScheme(values.get('https_proxy') ?? all),
    none: (values.get('no_proxy') ?? '').split(/[\s,]+/).flatMap((entry) => parseEntry(entry)),
  };
}

/** The proxy's URL, or undefined where the request goes straight to its host. */
export function proxyFor(url: URL, settings: ProxySettings): string | undefined {
  const proxy = url.protocol === 'https:' ? settings.https : settings.http;
  if (proxy === undefined) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const straight = settings.none.some(
    (entry) =>
      (entry.port === undefined || entry.port === port) &&
      (entry.host === '*' || entry.host === host || host.endsWith(`.${entry.host}`)),
  );
  return straight ? undefined : proxy;
}

function withScheme(proxy: string | undefined): string | undefined {
  if (proxy === undefined) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function parseEntry(text: string): readonly NoProxyEntry[] {
  const match = /^\[?(.+?)\]?(?::(\d+))?$/.exec(text.toLowerCase());
  const host = match?.[1]?.replace(/^\*?\./, '');
  if (!host) return [];
  // An IPv6 address without brackets has colons of its own.
  if (text.includes('::')) return [{ host: text.toLowerCase().replace(/^\[|\]$/g, ''), port: undefined }];
  return [{ host, port: match?.[2] }];
}
