// The contract of Repository over ssh with the git command, where an ssh server is installed.
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeRepository } from '../contract/repository.ts';
import { temporaryDirectory } from '../support/git-origin.ts';
import { isSshInstalled, type SshServer, startSshServer } from '../support/git-ssh.ts';

if (isSshInstalled()) {
  const directory = temporaryDirectory();
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshServer(directory.path);
  });
  afterAll(async () => {
    await server.close();
    directory.remove();
  });
  describeRepository('the git command over ssh', {
    engine: 'git',
    remote: {
      address: (path) => server.address(path),
      get env() {
        return server.env;
      },
    },
  });
} else {
  console.warn(
    'SKIPPED: the contract of Repository over ssh, because /usr/sbin/sshd is not installed (openssh-server)',
  );
  describe('the git command over ssh', () => {
    it.skip('needs /usr/sbin/sshd, which is not installed here', () => {});
  });
}
