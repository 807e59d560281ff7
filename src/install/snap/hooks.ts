// What the hooks of the snap do. snapd runs them as root: `install` once, `post-refresh` after every new revision,
// `configure` after both and after every `snap set`.
import { join } from 'node:path';
import { formatDuration } from '../../core/duration.ts';
import { Failure } from '../../core/failure.ts';
import { problemsFailure } from '../../definition/problem.ts';
import { systemDisk } from '../../system/disk.ts';
import { isRegularFile, makePrivateDirectory, readFileIfAny, writeFileAtomically } from '../../system/files.ts';
import { readSnapOptions, SECRETS, type SecretChange, type SnapSettings } from './options.ts';
import { noSnapd, openSnapctl, type Snapctl, type SnapDoors } from './snapctl.ts';

export type Hook = 'configure' | 'install' | 'post-refresh';

const HOW = 'sudo snap set spread-cron repository=URL';
/** For `snap info`, which shows 70 characters. */
const BLOCKED = `say what to watch: ${HOW}`;

/** What the classic agent kept: user and password in an address, for a credential helper of git. */
const CLASSIC_LOGIN = 'git-credentials';

/** Runs a hook; gives the lines that say what it did. Throws Failures that snapd shows: `usage`, `configuration`. */
export async function runHook(hook: Hook, doors: SnapDoors, signal: AbortSignal): Promise<readonly string[]> {
  const common = doors.environment.SNAP_COMMON;
  if (common === undefined || !common.startsWith('/')) throw noSnapd();
  const snapctl = openSnapctl(doors);
  const { settings, changed } = await settle(common, snapctl, signal);
  // nobody reads it any more: what it held is among the options, and stored by now
  if (hook === 'post-refresh') await systemDisk.rm(join(common, CLASSIC_LOGIN), { force: true });
  // services are touched where snapd does that in turn with everything else
  if (hook === 'configure') await serve(settings, changed, snapctl, signal);
  await snapctl.health(settings.repository === null ? BLOCKED : null, signal);
  if (settings.repository === null) return [`the snap does nothing so far; say what to watch: ${HOW}`];
  return [`the agent polls ${settings.repository} every ${formatDuration(settings.interval)}`];
}

/** Writes configuration and credentials as the options say. Nothing is written before all of them are understood. */
async function settle(common: string, snapctl: Snapctl, signal: AbortSignal) {
  const read = await readSnapOptions(await snapctl.options(signal), common);
  if (!read.ok) throw problemsFailure(read.problems, 'configuration');
  const settings = read.value;
  for (const name of SECRETS) await assertKept(join(common, name), name, settings.secrets[name]);
  for (const name of ['state', 'run']) await makePrivateDirectory(join(common, name));
  let changed = false;
  for (const name of SECRETS) {
    const { kind, ...secret } = settings.secrets[name];
    if (kind === 'keep') continue;
    const text = 'text' in secret ? `${secret.text}\n` : null;
    if (await change(join(common, name), text)) changed = true;
  }
  if (await change(join(common, 'agent.yaml'), settings.text)) changed = true;
  // only now that it is safe in its file
  await snapctl.forget(
    SECRETS.filter((name) => settings.secrets[name].kind === 'store'),
    signal,
  );
  return { settings, changed };
}

async function assertKept(path: string, option: string, { kind }: SecretChange): Promise<void> {
  if (kind !== 'keep' || (await isRegularFile(path))) return;
  throw new Failure('configuration', 'the stored value is gone: set it again', { option, path });
}

/** Makes a file what it is to be (null: not there), readable to root alone; false where it was so before. */
async function change(path: string, wanted: string | null): Promise<boolean> {
  const bytes = await readFileIfAny(path);
  const existing = bytes === null ? null : Buffer.from(bytes).toString('utf8');
  if (existing === wanted && (wanted === null || (await isPrivate(path)))) return false;
  if (wanted === null) await systemDisk.rm(path);
  else await writeFileAtomically(path, wanted, 0o600);
  return true;
}

async function isPrivate(path: string): Promise<boolean> {
  return ((await systemDisk.lstat(path)).mode & 0o077) === 0;
}

/** The agent runs where there is something to watch; what changed is read without ending what runs. */
async function serve(
  { repository }: SnapSettings,
  changed: boolean,
  snapctl: Snapctl,
  signal: AbortSignal,
): Promise<void> {
  const { enabled, active } = await snapctl.service(signal);
  if (repository === null) {
    if (enabled || active) await snapctl.stop(signal);
  } else if (!active) await snapctl.start(signal);
  else if (changed) await snapctl.reload(signal);
}
