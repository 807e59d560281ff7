// The hooks of the snap, run as they are, by a stand-in for snapd: what `snap set` stores, starts and says.
import { chmodSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { installSnap } from '../support/installed-snap.ts';

// Hooks are run by root; what others are told is tested too.
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.error('not root: THE HOOKS OF THE SNAP ARE NOT TESTED');

const URL = 'https://git.example.com/team/resources.git';
let snap: ReturnType<typeof installSnap>;
beforeEach(() => {
  snap = installSnap();
});
afterEach(() => snap.remove());

const written = () => parse(snap.read('agent.yaml')) as Record<string, unknown>;
const OKAY = { status: 0, stderr: '' };

describe.skipIf(!isRoot)('install', () => {
  it('prepares the data of the snap and says how to configure it', () => {
    expect(snap.run('install')).toEqual({
      ...OKAY,
      stdout: 'the snap does nothing so far; say what to watch: sudo snap set spread-cron repository=URL\n',
    });
    expect([snap.mode('state'), snap.mode('run'), snap.mode('agent.yaml')]).toEqual([0o700, 0o700, 0o600]);
    expect(snap.state().health).toEqual({
      status: 'blocked',
      message: 'say what to watch: sudo snap set spread-cron repository=URL',
    });
    expect(snap.service()).toEqual({ enabled: false, active: false });
  });
});

describe.skipIf(!isRoot)('snap set', () => {
  it('takes user and password in the classic way, and waits for the repository', () => {
    expect(snap.set('username=ada', 'password=s3cret').status).toBe(0);
    expect(written()).toEqual({
      state_dir: snap.path('state'),
      credentials: { username: 'ada', password: { file: snap.path('password') } },
    });
    expect(snap.read('password')).toBe('s3cret\n');
    expect([snap.mode('password'), snap.mode('agent.yaml')]).toEqual([0o600, 0o600]);
    expect(snap.service()).toEqual({ enabled: false, active: false });
    expect(snap.set(`repository=${URL}`)).toEqual({ ...OKAY, stdout: `the agent polls ${URL} every 5m\n` });
    expect(snap.service()).toEqual({ enabled: true, active: true });
    expect(snap.state().health).toEqual({ status: 'okay', message: null });
    expect(snap.read('password')).toBe('s3cret\n');
  });

  it('keeps a password in its file alone: not in snapd, no command line, no message', () => {
    const ended = [snap.set(`repository=${URL}`, 'username=ada', 'password=s3cret'), snap.set('token=s3cret')];
    expect(ended.map(({ status }) => status)).toEqual([0, 2]);
    expect(snap.state().options).toMatchObject({ username: '"ada"', password: '"(stored in a file of the snap)"' });
    expect(JSON.stringify([ended, snap.calls(), snap.state()])).not.toContain('s3cret');
    expect(snap.read('agent.yaml')).not.toContain('s3cret');
  });

  it('takes away again what somebody let others read', () => {
    expect(snap.set(`repository=${URL}`, 'username=ada', 'password=s3cret').status).toBe(0);
    for (const name of ['password', 'agent.yaml']) chmodSync(snap.path(name), 0o644);
    expect(snap.set('password=s3cret').status).toBe(0);
    expect([snap.mode('password'), snap.mode('agent.yaml')]).toEqual([0o600, 0o600]);
  });

  it('takes a token', () => {
    expect(snap.set(`repository=${URL}`, 'token=ghp_1234').status).toBe(0);
    expect(written()).toMatchObject({ credentials: { token: { file: snap.path('token') } } });
    expect(snap.read('token')).toBe('ghp_1234\n');
  });

  it('takes a repository alone', () => {
    expect(snap.set(`repository=${URL}`).status).toBe(0);
    expect(written()).toEqual({ state_dir: snap.path('state'), repository: URL, credentials: {} });
    expect([snap.has('password'), snap.has('token')]).toEqual([false, false]);
  });

  it('stores a password as it is, whatever it means to shells, YAML or snapd', () => {
    const password = `it's "q" \`id\` $(touch /tmp/x); a&b|c>d ~ \\ - {a: &b *c} # %e 密码`;
    expect(snap.set(`repository=${URL}`, 'username=ada', `password=${password}`).status).toBe(0);
    expect(snap.read('password')).toBe(`${password}\n`);
  });

  it('stores a password that snapd takes for a number, digit by digit', () => {
    expect(snap.set('username=ada', 'password=12345678901234567890.50').status).toBe(0);
    expect(snap.read('password')).toBe('12345678901234567890.50\n');
  });

  it('leaves out the line end of a file that was pasted, and refuses more than one line', () => {
    expect(snap.set('username=ada', 'password=s3cret\n').status).toBe(0);
    expect(snap.read('password')).toBe('s3cret\n');
    const { status, stderr } = snap.set('password=one\ntwo');
    expect([status, stderr]).toEqual([
      2,
      'error: snap set: password: a line break or control character: was too much pasted?\n' +
        'spread-cron config show tells every key and where its value comes from\n',
    ]);
    expect(snap.read('password')).toBe('s3cret\n');
  });

  it('changes and takes back a password', () => {
    snap.set(`repository=${URL}`, 'username=ada', 'password=one');
    snap.forgetCalls();
    expect(snap.set('password=two').status).toBe(0);
    expect(snap.read('password')).toBe('two\n');
    expect(snap.calls()).toContain('restart --reload spread-cron.agent');
    expect(snap.set('interval=2m').status).toBe(0);
    expect(snap.read('password')).toBe('two\n');
    expect(snap.set('password!').status).toBe(0);
    expect(snap.has('password')).toBe(false);
    expect(written()).toMatchObject({ interval: '2m', credentials: { username: 'ada' } });
    snap.set('password=three');
    expect(snap.set('password=').status).toBe(0);
    expect(snap.has('password')).toBe(false);
  });

  it('refuses a password beside a token, and says how to take one back', () => {
    snap.set('username=ada', 'password=one');
    const { status, stderr } = snap.set('token=two');
    expect(status).toBe(2);
    expect(stderr).toContain(
      'snap set: token: a password is set too: take one of them back, as in snap set spread-cron password!',
    );
    expect(snap.set('token=two', 'password!').status).toBe(0);
    expect([snap.has('password'), snap.read('token')]).toEqual([false, 'two\n']);
  });

  it('says that a stored password has gone', () => {
    const { status, stderr } = snap.set('username=ada', 'password=(stored in a file of the snap)');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('the stored value is gone: set it again (option password'),
    ]);
    expect(snap.has('agent.yaml')).toBe(false);
  });

  it('says everything that is wrong, and leaves all as it was', () => {
    snap.set(`repository=${URL}`, 'username=ada', 'password=one');
    const before = [snap.read('agent.yaml'), snap.read('password'), snap.state()];
    const { status, stdout, stderr } = snap.set('interval=soon', 'repository=resources', 'password=two');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^error: snap set: repository: use an http, https, ssh, git or file address/),
      expect.stringMatching(/^snap set: interval: .*"soon"/),
      'spread-cron config show tells every key and where its value comes from',
      '',
    ]);
    expect([snap.read('agent.yaml'), snap.read('password'), snap.state()]).toEqual(before);
  });

  it('starts the agent once, has it read what changed without ending what runs, and lets it be otherwise', () => {
    snap.set(`repository=${URL}`);
    expect(snap.calls()).toContain('start --enable spread-cron.agent');
    snap.forgetCalls();
    snap.set(`repository=${URL}`);
    expect(snap.calls().filter((call) => /^(?:start|stop|restart)/.test(call))).toEqual([]);
    snap.set('interval=1m');
    expect(snap.calls()).toContain('restart --reload spread-cron.agent');
  });

  it('stops the agent where the repository is taken back', () => {
    snap.set(`repository=${URL}`);
    const { status, stdout } = snap.set('repository!');
    expect([status, stdout]).toEqual([0, expect.stringContaining('say what to watch')]);
    expect(snap.service()).toEqual({ enabled: false, active: false });
    expect(snap.state().health?.status).toBe('blocked');
  });
});

describe.skipIf(!isRoot)('post-refresh', () => {
  it('takes over from the classic agent: options stay, its file with the password goes', () => {
    snap.set('username=ada', 'password=one');
    writeFileSync(snap.path('git-credentials'), 'https://ada:one@git.example.com\n');
    expect(snap.run('post-refresh').status).toBe(0);
    expect(snap.has('git-credentials')).toBe(false);
    expect(snap.read('password')).toBe('one\n');
  });

  it('stores what only snapd knows so far, and touches no service', () => {
    snap.set('username=ada', 'password=one', `repository=${URL}`);
    const classic = snap.state();
    snap.remove();
    snap = installSnap();
    writeFileSync(
      snap.env.SNAPCTL_STATE,
      JSON.stringify({ ...classic, options: { ...classic.options, password: '"one"' } }),
    );
    expect(snap.run('post-refresh').status).toBe(0);
    expect(snap.read('password')).toBe('one\n');
    expect(snap.state().options.password).toBe('"(stored in a file of the snap)"');
    expect(snap.calls().filter((call) => /^(?:start|stop|restart|services)/.test(call))).toEqual([]);
  });
});

describe('a hook', () => {
  it.each(['configure', 'install', 'post-refresh'])(
    '%s says clearly that it is for snapd where there is none',
    (hook) => {
      const { SNAP: _, ...outside } = snap.env;
      const { status, stdout, stderr } = snap.run(hook, { environment: outside });
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toBe('error: this is a hook of the snap, which only snapd can run: install the snap first\n');
    },
  );

  it('says so too where there is no snapctl, or no directory of data', () => {
    const told =
      'error: this is a hook of the snap, which only snapd can run: install the snap, then say snap set spread-cron repository=URL\n';
    const { SNAP_COMMON: _, ...without } = snap.env;
    expect(snap.run('configure', { environment: without })).toEqual({ status: 2, stdout: '', stderr: told });
    const noSnapctl = { ...snap.env, PATH: '/usr/bin:/bin' };
    if (snap.run('configure', { environment: noSnapctl }).stderr !== told)
      // where the machine has a snapctl of its own, that one refuses
      expect(snap.run('configure', { environment: noSnapctl }).stderr).toContain('snapctl');
  });

  it('tells what snapctl said where it is asked from outside of the snap', () => {
    const { SNAP_COOKIE: _, ...outside } = snap.env;
    const { status, stderr } = snap.run('configure', { environment: outside });
    expect(status).toBe(1);
    expect(stderr).toContain('cannot invoke snapctl operation commands (here "get") from outside of a snap');
  });

  it.skipIf(!isRoot)('tells what snapctl said where it is run by somebody who is not root', () => {
    writeFileSync(`${snap.env.SNAPCTL_STATE}.calls`, '');
    chmodSync(`${snap.env.SNAPCTL_STATE}.calls`, 0o666);
    const { status, stderr } = snap.run('configure', { user: 65534 });
    expect(status).toBe(1);
    expect(stderr).toContain('with uid 65534, try with sudo');
  });
});
