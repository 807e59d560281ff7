// What every notifier must do, whatever its transport: deliver the whole event, say when it did not arrive, and stop when
// it is told to.
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import type { Event } from '../../src/notify/event.ts';
import type { Notifier, NotifyContext } from '../../src/notify/notifier.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttpClient } from '../../src/system/http/client.ts';
import { createProcesses } from '../../src/system/process/processes.ts';

export const EVENT: Event = {
  event: 'changed',
  at: '2026-01-31T12:00:00.000Z',
  repository: 'https://git.example.com/resources.git',
  resource: 'core',
  branch: 'core',
  message: 'New "core"',
  value: "it's $(touch x) `y` 日本",
  previous: '1',
  commit: '0123456789012345678901234567890123456789',
  error: null,
  failing_since: null,
  run: null,
  status: null,
  exit_code: null,
  duration_ms: null,
  failed_tasks: null,
};

export function notifyContext(): NotifyContext {
  return {
    http: createHttpClient({
      clock: systemClock,
      userAgent: 'test',
      privateAddresses: 'allow',
      env: {},
      limits: { tries: 1 },
    }),
    processes: createProcesses(),
    environment: { PATH: process.env.PATH ?? '' },
    resolveSecrets: (text) => text.replaceAll('${secret:TOKEN}', 'sesame'),
  };
}

export interface NotifierWorld {
  /** A target that takes events. */
  readonly target: string;
  /** What has arrived, oldest first. */
  arrived(): readonly unknown[];
  /** A target that refuses them. */
  readonly refusing: string;
  /** A target that never answers. */
  readonly silent: string;
}

/** Runs the family's suite for one notifier in a world that the test makes. */
export function describeNotifier(name: string, notifier: Notifier, world: () => NotifierWorld): void {
  describe(`the notifier ${name}`, () => {
    it('delivers the whole event as JSON, hostile text included', async () => {
      await notifier.deliver(world().target, EVENT, notifyContext(), new AbortController().signal);
      expect(world().arrived()).toEqual([EVENT]);
    });

    it('throws a Failure where the event did not arrive', async () => {
      const delivery = notifier.deliver(world().refusing, EVENT, notifyContext(), new AbortController().signal);
      await expect(delivery).rejects.toBeInstanceOf(Failure);
    });

    it('stops waiting when it is told to', async () => {
      const stopping = new AbortController();
      const delivery = notifier.deliver(world().silent, EVENT, notifyContext(), stopping.signal);
      setImmediate(() => stopping.abort());
      await expect(delivery).rejects.toThrow();
    });
  });
}
