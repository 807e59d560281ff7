// Posts an event to a URL as JSON.
import type { Notifier } from '../notifier.ts';

export const url: Notifier = {
  async deliver(target, event, context, signal) {
    const address = context.resolveSecrets(target, new URL(target).host);
    await context.http.request(
      {
        url: address,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
      },
      signal,
    );
  },
};
