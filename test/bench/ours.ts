// Our program, warm, in a process of its own: the wiring of the product, one round at a time on demand.

import { serve } from './child.ts';
import type { RoundFigures } from './contender.ts';
import { openRounds, type WarmRounds } from './ours-round.ts';

let rounds: WarmRounds | undefined;

serve({
  open: async (given: { readonly remote: string; readonly state: string }) => {
    rounds = await openRounds({ repository: given.remote, stateDirectory: `${given.state}/state` });
  },
  close: () => rounds?.close(),
  prepare: () => undefined,
  round: async (): Promise<RoundFigures> => {
    if (rounds === undefined) throw new Error('open comes first');
    const start = performance.now();
    const cpu = process.cpuUsage();
    const { changed, failed } = await rounds.round();
    const { user, system } = process.cpuUsage(cpu);
    const ms = performance.now() - start;
    if (failed !== undefined) throw new Error(`a resource failed: ${failed}`);
    return { ms, cpuMs: (user + system) / 1000, changed, rss: process.memoryUsage.rss() };
  },
});
