import { expect, it } from 'vitest';
import type { CheckOutcome } from '../../src/core/outcome.ts';
import { deliver } from '../../src/notify/deliver.ts';
import { eventsOfOutcome, eventsOfRemote } from '../../src/notify/event.ts';
import { heartbeat } from '../../src/notify/heartbeat.ts';
import { EVENT, notifyContext } from '../contract/notifier.ts';
import { refusedPort, startWebServer } from '../support/web.ts';

const NEVER = new AbortController().signal;

const OUTCOME: CheckOutcome = {
  resource: 'core',
  branch: 'core',
  outcome: 'changed',
  message: 'New core',
  value: '2',
  previous: '1',
  commit: 'c',
  pushed: true,
  error: null,
  failing_since: null,
  duration_ms: 1,
};

it.each([
  [{}, ['changed']],
  [{ outcome: 'new', previous: null }, ['changed']],
  [{ pushed: false }, []],
  [{ rebaselined: true }, []],
  [{ outcome: 'unchanged' }, []],
  [{ outcome: 'failed', pushed: false, transition: 'failing' }, ['failing']],
  [{ transition: 'recovered' }, ['changed', 'recovered']],
  [{ outcome: 'unchanged', transition: 'recovered' }, ['recovered']],
] as const)('an outcome with %j makes the events %j', (more, kinds) => {
  const events = eventsOfOutcome({ ...OUTCOME, ...more } as CheckOutcome, 'r', 0);
  expect(events.map(({ event }) => event)).toEqual(kinds);
});

it('tells of the remote once when it fails and once when it is back', () => {
  expect(eventsOfRemote(null, null, 'r', 0)).toEqual([]);
  expect(eventsOfRemote('failing', null, 'r', 0)).toMatchObject([{ event: 'push-failing', resource: null }]);
  expect(eventsOfRemote('recovered', null, 'r', 0)).toMatchObject([{ event: 'push-recovered' }]);
});

it('tells everyone what they asked for, and of those that cannot be told only a warning', async () => {
  const web = await startWebServer();
  web.reply('/all', 200);
  web.reply('/some', 200);
  const warnings: string[] = [];
  const log = { warn: (line: string) => void warnings.push(line), info: () => {}, debug: () => {} };
  const dead = `http://127.0.0.1:${await refusedPort()}`;
  await deliver(
    [EVENT, { ...EVENT, event: 'failing' }],
    [
      { kind: 'url', target: dead, events: new Set(['changed'] as const) },
      { kind: 'url', target: `${web.url}/all`, events: null },
      { kind: 'url', target: `${web.url}/some`, events: new Set(['failing'] as const) },
    ],
    { ...notifyContext(), log },
    NEVER,
  );
  expect([web.count('/all'), web.count('/some')]).toEqual([2, 1]);
  expect(warnings).toEqual([expect.stringMatching(/^warning: nobody was told "changed": .*127\.0\.0\.1/)]);
  await heartbeat(`${web.url}/all`, { ...notifyContext(), log }, NEVER);
  expect(web.count('/all')).toBe(3);
  await heartbeat(dead, { ...notifyContext(), log }, NEVER);
  expect(warnings[1]).toMatch(/^warning: the heartbeat did not arrive: /);
  await web.close();
});
