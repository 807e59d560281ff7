// Loaded before a program with `node --import`: kills it with SIGKILL just before the step whose number is KILL_AT_STEP.
// A step is anything that changes a file. Where KILL_LOG names a file, the steps that were taken are written there.
import { appendFileSync, promises as fs } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env.KILL_AT_STEP);
const log = process.env.KILL_LOG;
let step = 0;

function counted(owner, name) {
  const original = owner[name];
  owner[name] = function (...parameters) {
    step += 1;
    if (step === killAt) process.kill(process.pid, 'SIGKILL');
    if (log !== undefined)
      appendFileSync(log, `${step} ${name} ${typeof parameters[0] === 'string' ? parameters[0] : ''}\n`);
    return original.apply(this, parameters);
  };
}

const handle = await fs.open('/dev/null');
const handles = Object.getPrototypeOf(handle);
await handle.close();
for (const name of [
  'writeFile',
  'rename',
  'rm',
  'unlink',
  'mkdir',
  'link',
  'symlink',
  'copyFile',
  'mkdtemp',
  'chmod',
]) {
  counted(fs, name);
}
for (const name of ['writeFile', 'write', 'sync', 'truncate']) counted(handles, name);
syncBuiltinESMExports();
