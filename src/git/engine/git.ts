// The engine over the git command: fetches by object id, reads through two long-lived `git cat-file`, walks with one
// `git rev-list` that is read no further than needed.
import { Failure } from '../../core/failure.ts';
import type { Login } from '../credentials.ts';
import { type GitCommand, remoteFailure } from '../git-command.ts';
import { fullDisk, type Mirror } from '../mirror/mirror.ts';
import type { Remote } from '../remote-url.ts';
import { type CatFile, createCatFile } from './cat-file.ts';
import { type Engine, MANY_PACKS } from './engine.ts';

export interface GitEngineOptions {
  readonly git: GitCommand;
  readonly mirror: Mirror;
  readonly remote: Remote;
  /** The login in use with an http(s) remote; git asks its own helpers where it is null. */
  readonly login: () => Login | null;
}

/** Ids in one command line: far below what systems allow, and few enough calls. */
const PER_CALL = 5000;

export function createGitEngine({ git, mirror, remote, login }: GitEngineOptions): Engine {
  const { directory } = mirror;
  const inMirror = (target: string, ...args: readonly string[]) => [`--git-dir=${target}`, ...args];
  const catFile = (form: 'bodies' | 'sizes'): CatFile =>
    createCatFile(
      (onStderr) =>
        git.start(inMirror(directory, 'cat-file', form === 'bodies' ? '--batch' : '--batch-check'), onStderr),
      form,
    );
  let bodies = catFile('bodies');
  let sizes = catFile('sizes');

  const ask = async (oids: readonly string[], file: CatFile) => {
    const answers = await file.ask(oids);
    return oids.flatMap((oid, position) => {
      const answer = answers[position];
      return answer === null || answer === undefined ? [] : [[oid, answer] as const];
    });
  };

  return {
    name: 'git',

    async fetch(target, wanted, _known, signal) {
      const access = credentialHelper(remote, login());
      const flags = ['--quiet', '--no-tags', '--no-recurse-submodules', '--end-of-options', remote.url];
      for (let from = 0; from < wanted.length; from += PER_CALL) {
        const oids = wanted.slice(from, from + PER_CALL);
        // Whatever arrives stays a pack: written at once, and checked at its end.
        const args = ['-c', 'fetch.unpackLimit=1', ...access.settings, ...inMirror(target, 'fetch', ...flags, ...oids)];
        const finished = await git.run(args, { env: access.env, timeout: 3_600_000 }, signal);
        if (finished.code === 0) continue;
        if (/No space left on device|Disk quota exceeded|File too large/i.test(finished.stderr)) throw fullDisk(target);
        if (isDamage(finished.stderr))
          throw new Failure('mirror-damaged', 'the mirror lacks objects that it should have', { directory: target });
        throw remoteFailure(finished, remote.url);
      }
    },

    readObjects: async (oids) => new Map(await ask(oids, bodies)),

    readSizes: async (oids) => new Map((await ask(oids, sizes)).map(([oid, { size }]) => [oid, size])),

    async *walk(tip) {
      let complaint = '';
      const child = git.start(
        inMirror(directory, 'rev-list', '--first-parent', '--end-of-options', tip, '--'),
        (line) => {
          complaint = line;
        },
      );
      child.stdin.on('error', () => {});
      child.stdin.end();
      try {
        let rest = '';
        for await (const chunk of child.stdout) {
          const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
          rest = lines.pop() ?? '';
          if (lines.length > 0) yield lines;
        }
        if ((await child.exited) !== 0)
          throw new Failure('mirror-damaged', 'git could not walk the history of a branch', {
            tip,
            git_said: complaint,
          });
      } finally {
        child.kill();
      }
    },

    async tidy(signal) {
      if ((await mirror.packs()).length < MANY_PACKS) return;
      const finished = await git.run(inMirror(directory, 'repack', '-a', '-d', '-q'), {}, signal);
      if (finished.code !== 0)
        throw new Failure('mirror-damaged', 'git could not join the packs of the mirror', {
          git_said: finished.stderr.slice(-300),
        });
    },

    reset() {
      const old = [bodies, sizes];
      bodies = catFile('bodies');
      sizes = catFile('sizes');
      for (const file of old) void file.close();
    },

    async close() {
      await Promise.all([bodies.close(), sizes.close()]);
    },
  };
}

/** Git's words when the fault is in the repository that it fetches into, not in the remote. */
export function isDamage(stderr: string): boolean {
  return /bad object|missing (?:blob|tree|commit)|did not send all necessary objects|unable to read|is corrupt|packfile .* (?:cannot|does not)|not a git repository: '|loose object/i.test(
    stderr,
  );
}

/** A login for one git command, kept out of its command line: a helper for this one address reads the environment. */
export function credentialHelper(remote: Remote, login: Login | null) {
  if (remote.kind !== 'http' || login === null) return { settings: [], env: {} };
  const scope = `credential.${new URL(remote.url).origin}`;
  const helper =
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$SPREAD_CRON_GIT_USERNAME" "$SPREAD_CRON_GIT_PASSWORD"; }; f';
  return {
    settings: ['-c', `${scope}.helper=`, '-c', `${scope}.helper=${helper}`],
    env: { SPREAD_CRON_GIT_USERNAME: login.username, SPREAD_CRON_GIT_PASSWORD: login.password },
  };
}
