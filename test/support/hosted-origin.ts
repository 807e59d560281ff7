// A resources repository as a forge hosts it: reached by HTTP, with GitHub's API beside it.
import { join } from 'node:path';
import { git, makeOrigin, temporaryDirectory } from './git-origin.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { type GitHubStandIn, startGitHub } from './github.ts';

export interface HostedOrigin {
  /** An empty directory of the test's own. */
  readonly home: string;
  /** The bare repository on disk. */
  readonly origin: string;
  readonly server: GitServer;
  readonly github: GitHubStandIn;
  /** The environment of a command line that works with it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startHostedOrigin(): Promise<HostedOrigin> {
  const { path: home, remove } = temporaryDirectory();
  const origin = makeOrigin(join(home, 'team/resources'));
  git(origin, ['config', 'http.receivepack', 'true']);
  const server = await startGitServer(home);
  const github = await startGitHub();
  return {
    home,
    origin,
    server,
    github,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      XDG_RUNTIME_DIR: home,
      SPREAD_CRON_REPOSITORY: `${server.url}/team/resources`,
      SPREAD_CRON_STATE_DIR: join(home, 'state'),
    },
    async close() {
      await github.close();
      await server.close();
      remove();
    },
  };
}
