// The runner in a process of its own, wired as the program wires it: carries out runs of one file on demand.
import { serve } from './child.ts';
import { type OurRuns, openOurRuns, type RunFigures, type RunOrder } from './our-runs.ts';

let opened: OurRuns | undefined;

serve({
  open: async (given: Parameters<typeof openOurRuns>[0]) => {
    opened = await openOurRuns(given);
  },
  close: () => opened?.close(),
  carryOut: (order: RunOrder): Promise<RunFigures> => {
    if (opened === undefined) throw new Error('open comes first');
    return opened.carryOut(order);
  },
});
