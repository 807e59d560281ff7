// The name of a container image as people write it, with the registry that it is in: `registry.example.com/team/app:1.2`.

export interface ImageReference {
  /** Scheme, host and port of the registry. */
  readonly origin: string;
  /** Path of the repository there. */
  readonly repository: string;
  /** Null where none is written. */
  readonly tag: string | null;
}

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;

/** The parts of a reference, or what is wrong with it. A registry without TLS is written with `http://` before it. */
export function parseReference(written: string): ImageReference | string {
  const [, scheme = 'https', host = '', path = ''] = /^(?:(https?):\/\/)?([^/]+)\/(.+)$/.exec(written) ?? [];
  const isHost = /[.:]/.test(host) || host === 'localhost';
  const url = isHost && URL.canParse(`${scheme}://${host}`) ? new URL(`${scheme}://${host}`) : null;
  if (url === null || url.username !== '' || url.password !== '')
    return 'not an image with its registry: write HOST/NAME:TAG, such as registry.example.com/team/app:stable; no host is the default';
  if (path.includes('@')) return 'a digest is always the same: write a tag';
  const colon = path.indexOf(':');
  const repository = colon < 0 ? path : path.slice(0, colon);
  const tag = colon < 0 ? null : path.slice(colon + 1);
  if (!REPOSITORY.test(repository))
    return 'not the name of a repository: lower case letters, digits and . _ - between /';
  if (tag !== null && !TAG.test(tag)) return 'not a tag: letters, digits and . _ -, at most 128';
  return { origin: url.origin, repository, tag };
}
