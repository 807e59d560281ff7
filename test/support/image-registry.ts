// A container registry on loopback: repositories with tags, and the ways in which registries ask for a login.
import { createHash } from 'node:crypto';
import { startWebServer, type WebServer } from './web.ts';

export interface TestRegistry {
  readonly web: WebServer;
  /** Host and port. */
  readonly host: string;
  /** Has a manifest at a tag; gives its digest. */
  push(repository: string, tag: string, manifest: unknown, options?: { readonly silent?: boolean }): string;
  /** Has a list of tags in pages of that size. */
  list(repository: string, tags: readonly string[], pageSize?: number): void;
  /** From now on a request needs this header, and is told so by this challenge. */
  demand(authorization: string, challenge: string): void;
  reset(): void;
}

const TYPE = 'application/vnd.oci.image.index.v1+json';

export async function startRegistry(): Promise<TestRegistry> {
  const web = await startWebServer();
  let demanded: { readonly authorization: string; readonly challenge: string } | null = null;

  /** True where the request was answered with a challenge. */
  const turnsAway: (...given: Parameters<Parameters<WebServer['on']>[1]>) => boolean = (response, { headers }) => {
    if (demanded === null || headers.authorization === demanded.authorization) return false;
    response.writeHead(401, { 'www-authenticate': demanded.challenge }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
    return true;
  };

  return {
    web,
    host: `127.0.0.1:${web.port}`,
    push(repository, tag, manifest, { silent = false } = {}) {
      const body = JSON.stringify(manifest);
      const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
      web.on(`/v2/${repository}/manifests/${tag}`, (...given) => {
        if (turnsAway(...given)) return;
        const accepts = given[1].headers.accept?.includes(TYPE) === true;
        if (!accepts) given[0].writeHead(404).end();
        else
          given[0]
            .writeHead(200, { 'content-type': TYPE, ...(silent ? {} : { 'docker-content-digest': digest }) })
            .end(body);
      });
      return digest;
    },
    list(repository, tags, pageSize = 1000) {
      const path = `/v2/${repository}/tags/list`;
      web.on(path, (...given) => {
        if (turnsAway(...given)) return;
        const last = new URL(given[1].path, web.url).searchParams.get('last');
        const from = last === null ? 0 : tags.indexOf(last) + 1;
        const page = tags.slice(from, from + pageSize);
        const more = from + pageSize < tags.length;
        const link = more ? { link: `<${path}?last=${page.at(-1)}&n=${pageSize}>; rel="next"` } : {};
        given[0].writeHead(200, link).end(JSON.stringify({ name: repository, tags: page }));
      });
    },
    demand(authorization, challenge) {
      demanded = { authorization, challenge };
    },
    reset() {
      demanded = null;
      web.reset();
    },
  };
}
