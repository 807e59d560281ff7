// The contract of Repository over the git command as a whole (`git ls-remote`, `git push`), the way of ssh remotes: a
// script that runs the remote command here stands in for ssh, so that this much is tested on every machine.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { describeRepository } from '../contract/repository.ts';
import { temporaryDirectory } from '../support/git-origin.ts';

const directory = temporaryDirectory();
const ssh = join(directory.path, 'ssh');
writeFileSync(ssh, '#!/bin/sh\nfor command; do :; done\nexec sh -c "$command"\n');
chmodSync(ssh, 0o755);
afterAll(() => directory.remove());

describeRepository('the git command over something like ssh', {
  engine: 'git',
  remote: { address: (path) => `ssh://git@example.com${path}`, env: { GIT_SSH: ssh, GIT_SSH_VARIANT: 'ssh' } },
});
