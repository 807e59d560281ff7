// What a failed git, or a failed listing, means for whoever cloned a target.
import { Failure } from '../../core/failure.ts';
import type { Finished } from '../../system/process.ts';
import { isDamage } from '../engine/git.ts';
import { remoteFailure } from '../git-command.ts';
import { printable } from '../transport/pkt-line.ts';

const FULL = /No space left on device|Disk quota exceeded|File too large/i;

/** Git's words for a repository of ours that is not whole, beyond those that fetching into a mirror meets. */
const DAMAGED =
  /does not point to a valid object|is empty$|bad (?:ref|config|shallow)|not a valid object|object file .* is empty|inflate|corrupt|is far too short|index file .* is too small|invalid sha1 pointer|unable to (?:read|find|resolve) (?:sha1|tree|commit|reference)|reference is not a tree|missing necessary objects|shallow file|Could not read [0-9a-f]{40}/im;

/** A failed git that read the remote or wrote `directory`. `mirror-damaged` means the cache. */
export function cloneFailure(finished: Finished, url: string, directory: string): Failure {
  if (FULL.test(finished.stderr)) return diskFull(directory);
  if (isDamage(finished.stderr) || DAMAGED.test(finished.stderr))
    return new Failure('mirror-damaged', 'the cache of the target is damaged', {
      url,
      git_said: saidBy(finished),
    });
  const stderr = withoutProgress(finished.stderr);
  return targetFailure(remoteFailure({ ...finished, stderr }, url));
}

/** Less the hundreds of lines that say how far it came. */
function withoutProgress(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/);
  return lines.filter((line) => !/^(?:remote: )?[A-Z][A-Za-z ]+(?:: +\d+|: +\d+%| \d+ \()/.test(line)).join('\n');
}

/** True where the server gives only what its refs name. */
export function isUnadvertised(finished: Finished): boolean {
  return /not our ref|unadvertised object|couldn't find remote ref|no such remote ref/i.test(finished.stderr);
}

/** A Failure of a remote in general, as one of the target: the resources repository has reasons of its own. */
export function targetFailure(failure: Failure): Failure {
  const { details, cause } = failure;
  switch (failure.reason) {
    case 'remote-unreachable':
    case 'tip-moved':
      return new Failure('unreachable', 'the target could not be reached or the connection broke, try again', details, {
        cause,
      });
    case 'not-found':
      return new Failure('not-found', 'there is no git repository at the address of the target', details, { cause });
    case 'authentication-failed':
      return new Failure(
        'authentication-failed',
        'the target wants valid credentials, configure them for git',
        details,
        {
          cause,
        },
      );
    default:
      return failure;
  }
}

export function diskFull(directory: string): Failure {
  return new Failure('not-writable', 'the target could not be cloned, free some space on its disk', { directory });
}

/** The end of what git said, on one line and without credentials. */
export function saidBy(finished: Finished): string {
  const lines = finished.stderr.split(/[\r\n]+/).filter((line) => /^(?:fatal|error|remote: error|ERROR)/i.test(line));
  return printable(
    (lines.length > 0 ? lines.slice(0, 3).join(' ') : finished.stderr.slice(-300)).replace(/\/\/[^/@\s]*@/g, '//'),
  );
}
