// Hands an event to a command: the JSON object on stdin, the kind in SC_EVENT.
import { Failure } from '../../core/failure.ts';
import type { Notifier } from '../notifier.ts';

/** Milliseconds a command may take for one event. */
const TIMEOUT = 60_000;

export const command: Notifier = {
  async deliver(target, event, context, signal) {
    const finished = await context.processes.run(
      {
        file: '/bin/sh',
        args: ['-c', target],
        env: { ...context.environment, SC_EVENT: event.event },
        stdin: `${JSON.stringify(event)}\n`,
        timeout: TIMEOUT,
        maxOutput: 1_000_000,
      },
      signal,
    );
    if (finished.code !== 0) {
      const said = finished.stderr.trim().split('\n').at(-1);
      throw new Failure('command-failed', 'the on_event command failed', {
        command: target,
        code: finished.code,
        said,
      });
    }
  },
};
