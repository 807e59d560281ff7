// A repository in a directory of this machine: one `git upload-pack` per listing and one `git receive-pack` per push,
// spoken to over their standard streams with the same words as smart HTTP. Hooks run as they would for `git push`.
import { Failure } from '../../core/failure.ts';
import type { Finished } from '../../system/process.ts';
import { type GitCommand, remoteFailure } from '../git-command.ts';
import { FLUSH, readPackets } from './pkt-line.ts';
import { pushRequest, readReport } from './receive-pack.ts';
import { lsRefsRequest, readAdvertisement, readLsRefs } from './ref-listing.ts';
import type { Transport } from './transport.ts';

const TEN_MINUTES = 600_000;

/** `path` is absolute. */
export function createLocalTransport(git: GitCommand, path: string): Transport {
  return {
    async list(prefixes, signal) {
      const request = lsRefsRequest(prefixes) + FLUSH;
      const env = { GIT_PROTOCOL: 'version=2' };
      const finished = await git.run(
        ['upload-pack', '--', path],
        { stdin: request, env, timeout: TEN_MINUTES },
        signal,
      );
      if (finished.stdout.length === 0) throw remoteFailure(finished, path);
      const packets = readPackets(finished.stdout);
      const advertisement = readAdvertisement(packets);
      // A git before 2.18 does not know version 2 and has listed everything by now.
      return advertisement.version === 0 ? advertisement : readLsRefs(packets);
    },

    async push(request, signal) {
      const stdin = pushRequest(request);
      const finished: Finished = await git.run(['receive-pack', '--', path], { stdin, timeout: TEN_MINUTES }, signal);
      if (finished.stdout.length === 0) throw remoteFailure(finished, path);
      const packets = readPackets(finished.stdout);
      if (readAdvertisement(packets).version !== 0)
        throw new Failure('remote-unreachable', 'the local git speaks an unknown protocol', { path });
      return readReport(packets);
    },
  };
}
