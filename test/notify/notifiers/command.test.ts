import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { command } from '../../../src/notify/notifiers/command.ts';
import { describeNotifier, EVENT, notifyContext } from '../../contract/notifier.ts';
import { temporaryDirectory } from '../../support/git-origin.ts';

const home = temporaryDirectory();
const file = join(home.path, 'events');
afterAll(() => home.remove());

describeNotifier('command', command, () => ({
  target: `cat >> ${file}`,
  arrived: () =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  refusing: 'echo nobody is home >&2; exit 3',
  silent: 'sleep 600',
}));

it('tells the kind of the event in SC_EVENT, and on failure what the command said', async () => {
  const kind = join(home.path, 'kind');
  await command.deliver(`printf %s "$SC_EVENT" > ${kind}`, EVENT, notifyContext(), new AbortController().signal);
  expect(readFileSync(kind, 'utf8')).toBe('changed');
  const failing = command.deliver(
    'echo nobody is home >&2; exit 3',
    EVENT,
    notifyContext(),
    new AbortController().signal,
  );
  await expect(failing).rejects.toMatchObject({
    reason: 'command-failed',
    details: { code: 3, said: 'nobody is home' },
  });
});
