// The git server of the benchmark, in a process of its own: smart HTTP over `git http-backend`.
import { startGitServer } from '../support/git-server.ts';
import { serve } from './child.ts';

serve({
  /** Serves the bare repositories in a directory; gives the address. */
  listen: async (directory: string): Promise<string> => (await startGitServer(directory)).url,
});
