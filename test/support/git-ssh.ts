// A real ssh server on loopback for tests of ssh remotes, where sshd is installed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

const SSHD = '/usr/sbin/sshd';

export interface SshServer {
  /** Address of a path of this machine. */
  readonly address: (path: string) => string;
  /** What git's environment needs to log in. */
  readonly env: Record<string, string>;
  close(): Promise<void>;
}

export function isSshInstalled(): boolean {
  return existsSync(SSHD);
}

/** Starts sshd with keys of its own below a directory; logs in as whoever runs the test. */
export async function startSshServer(directory: string): Promise<SshServer> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(directory, name);
  for (const key of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  writeFileSync(at('authorized'), readFileSync(at('user.pub')), { mode: 0o600 });
  // Run as root, sshd separates its privileges through a directory that Debian makes at boot.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const port = await freePort();
  writeFileSync(
    at('config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      `PidFile ${at('pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      '',
    ].join('\n'),
  );
  const server: ChildProcess = spawn(SSHD, ['-D', '-f', at('config'), '-E', at('log')], { stdio: 'ignore' });
  await untilListening(port, server);
  writeFileSync(at('known'), `[127.0.0.1]:${port} ${readFileSync(at('host.pub'), 'utf8')}`);
  const ssh = `ssh -i ${at('user')} -o UserKnownHostsFile=${at('known')} -o IdentitiesOnly=yes -F /dev/null`;
  return {
    address: (path) => `ssh://${userInfo().username}@127.0.0.1:${port}${path}`,
    env: { GIT_SSH_COMMAND: ssh },
    async close() {
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function untilListening(port: number, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`sshd ended with status ${server.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      // Not yet: sshd tells nobody when it listens.
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
}
