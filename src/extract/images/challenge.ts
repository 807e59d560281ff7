// What a registry asks for before it answers: the WWW-Authenticate header (RFC 9110 11.6.1) in the two forms that
// registries use.
import { Failure } from '../../core/failure.ts';

export type Challenge =
  | { readonly kind: 'basic' }
  /** A token of another server, for a service and a scope. */
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | null; readonly scope: string | null };

const PARAMETER = /([a-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/gi;

/** The challenge of an answer with status 401; Bearer where there are several. Throws a Failure (`http-status`). */
export function parseChallenge(header: string | undefined, url: string): Challenge {
  const bearer = /(?:^|,)\s*Bearer\s+(.*)$/i.exec(header ?? '')?.[1];
  if (bearer === undefined) {
    if (/(?:^|,)\s*Basic\b/i.test(header ?? '')) return { kind: 'basic' };
    throw new Failure('http-status', 'the registry asks for a login of a kind that is not known here', { url });
  }
  const parameters = new Map(
    [...bearer.matchAll(PARAMETER)].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']),
  );
  const realm = parameters.get('realm') ?? '';
  if (!/^https?:\/\//i.test(realm) || !URL.canParse(realm))
    throw new Failure('http-status', 'the registry does not say where its tokens are', { url });
  return {
    kind: 'bearer',
    realm: new URL(realm),
    service: parameters.get('service') ?? null,
    scope: parameters.get('scope') ?? null,
  };
}
