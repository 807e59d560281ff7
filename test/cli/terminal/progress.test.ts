import { describe, expect, it } from 'vitest';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { listen, outcomeOf, stillClock } from '../command-tools.ts';

/** What the line showed, one text after the other. */
const shown = (stderr: string) => stderr.split('\r\u001b[2K').filter((text) => text !== '');

describe('progress', () => {
  it('counts what is checked and what fails', () => {
    const told = listen({ terminal: 80 });
    const progress = createProgress(told.output, stillClock);
    progress.planned(3);
    progress.ended(outcomeOf());
    progress.ended(outcomeOf({ outcome: 'failed' }));
    progress.ended(outcomeOf({ outcome: 'skipped' }));
    progress.close();
    expect(shown(told.stderr())).toEqual([
      'looking at the repository',
      'checked 0/3',
      'checked 1/3',
      'checked 2/3, 1 failing',
      'checked 2/3, 1 failing',
    ]);
    expect(told.stderr().endsWith('\r\u001b[2K')).toBe(true);
  });

  it('tells the time that has passed', () => {
    let passed = 0;
    const told = listen({ terminal: 80 });
    const progress = createProgress(told.output, { ...stillClock, monotonic: () => passed });
    passed = 12_400;
    progress.planned(3);
    progress.close();
    expect(shown(told.stderr())).toEqual(['looking at the repository', 'checked 0/3 12s']);
  });

  it('names what has been running for longest', () => {
    let passed = 0;
    const told = listen({ terminal: 80 });
    const progress = createProgress(told.output, { ...stillClock, monotonic: () => passed });
    progress.planned(2);
    progress.started('slow');
    passed = 3_000;
    progress.started('core-beta');
    progress.started('slow');
    progress.ended(outcomeOf({ resource: 'slow' }));
    passed = 5_000;
    progress.ended(outcomeOf());
    progress.close();
    expect(shown(told.stderr()).slice(2)).toEqual([
      'checked 0/2, slow running',
      'checked 0/2, slow running 3s',
      'checked 0/2, slow running 3s',
      'checked 1/2, core-beta running',
      'checked 2/2 5s',
    ]);
  });

  it('draws nothing after it was closed', () => {
    const told = listen({ terminal: 80 });
    const progress = createProgress(told.output, stillClock);
    progress.close();
    const before = told.stderr();
    progress.ended(outcomeOf());
    expect(told.stderr()).toBe(before);
  });
});
