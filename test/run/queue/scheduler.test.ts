import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/system/clock.ts';
import { createRunStage } from '../../support/run-stage.ts';

const SECOND = 1_000;
const DAY = 24 * 3_600 * SECOND;

describe('a run', () => {
  it('starts at once where its resource has a free slot, after submit has returned', async () => {
    const stage = createRunStage();
    expect(stage.submit('a')).toBe('accepted');
    expect(stage.started).toEqual([]);
    expect(stage.scheduler.counts()).toEqual({ waiting: 0, running: 1 });
    await stage.turn();
    expect(stage.started).toEqual(['a']);
  });

  it('waits while as many of its resource run as may, and starts when one has ended', async () => {
    const stage = createRunStage();
    for (const id of ['a', 'b', 'c', 'd']) stage.submit(id, { concurrency: 2 });
    await stage.turn();
    expect(stage.started).toEqual(['a', 'b']);
    expect(stage.scheduler.waiting()).toEqual(['c', 'd']);
    await stage.end('b');
    expect(stage.started).toEqual(['a', 'b', 'c']);
    await stage.end('c');
    await stage.end('a');
    await stage.end('d');
    expect(stage.scheduler.counts()).toEqual({ waiting: 0, running: 0 });
  });

  it('is in the queue once', () => {
    const stage = createRunStage();
    expect([stage.submit('a'), stage.submit('a'), stage.submit('b'), stage.submit('b')]).toEqual([
      'accepted',
      'refused',
      'accepted',
      'refused',
    ]);
  });

  it('of a definition with more concurrency lets older ones start too', async () => {
    const stage = createRunStage();
    for (const id of ['a', 'b', 'c']) stage.submit(id, { limit: 2 });
    expect(stage.submit('d', { limit: 2, concurrency: 3 })).toBe('accepted');
    await stage.turn();
    expect(stage.started).toEqual(['a', 'b', 'c']);
    expect(stage.scheduler.waiting()).toEqual(['d']);
  });

  it('is the next of its resource though another with free groups came later', async () => {
    const stage = createRunStage();
    stage.submit('other', { groups: ['device'] }, { resource: 'other' });
    stage.submit('first', { groups: ['device'], concurrency: 2 });
    stage.submit('second', { groups: [], concurrency: 2 });
    await stage.turn();
    expect(stage.started).toEqual(['other']);
    await stage.end('other');
    expect(stage.started).toEqual(['other', 'first', 'second']);
  });
});

describe('queue_limit', () => {
  it('0 starts a run where a slot is free and refuses it where not', async () => {
    const stage = createRunStage();
    expect(stage.submit('a', { limit: 0 })).toBe('accepted');
    expect(stage.submit('b', { limit: 0 })).toBe('refused');
    await stage.turn();
    await stage.end('a');
    expect(stage.submit('c', { limit: 0 })).toBe('accepted');
    await stage.turn();
    expect(stage.started).toEqual(['a', 'c']);
  });

  it.each(['replace', 'append'] as const)(
    '0 is the same with %s, and for a group or the agent being busy',
    (strategy) => {
      const stage = createRunStage({ atATime: 2 });
      expect(stage.submit('a', { limit: 0, strategy, groups: ['device'] })).toBe('accepted');
      expect(stage.submit('b', { limit: 0, strategy, groups: ['device'] }, { resource: 'b' })).toBe('refused');
      expect(stage.submit('c', { limit: 0, strategy }, { resource: 'c' })).toBe('accepted');
      expect(stage.submit('d', { limit: 0, strategy }, { resource: 'd' })).toBe('refused');
    },
  );

  it('0 refuses a run that would have to wait for an older one of its resource', async () => {
    const stage = createRunStage();
    stage.submit('other', { groups: ['device'] }, { resource: 'other' });
    stage.submit('older', { groups: ['device'] });
    expect(stage.submit('younger', { limit: 0 })).toBe('refused');
  });

  it('0 refuses a delayed run, since it would have to wait', () => {
    expect(createRunStage().submit('a', { limit: 0, startDelay: SECOND })).toBe('refused');
  });

  it('refuses, with append, a run for which there is no place, and says so', async () => {
    const stage = createRunStage();
    expect(['a', 'b', 'c', 'd'].map((id) => stage.submit(id, { limit: 2 }))).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'refused',
    ]);
    await stage.turn();
    await stage.end('a');
    expect(stage.submit('e', { limit: 2 })).toBe('accepted');
    const settings = { concurrency: 1, groups: [], limit: 2, strategy: 'append', partitionLimit: null } as const;
    const run = { id: 'f', resource: 'core', partition: '', createdAt: 0 };
    expect(stage.scheduler.submit({ ...run, settings: { ...settings, startDelay: 0, startWithin: null } })).toEqual({
      kind: 'refused',
      why: 'the queue is full: queue_limit is 2, and 2 wait',
    });
  });

  it('counts delayed runs, which do not keep another from starting', async () => {
    const stage = createRunStage();
    expect(stage.submit('late', { limit: 1, startDelay: 10 * SECOND })).toBe('accepted');
    expect(stage.submit('later', { limit: 1, startDelay: 10 * SECOND })).toBe('refused');
    expect(stage.submit('now', { limit: 1 })).toBe('accepted');
    await stage.turn();
    expect(stage.started).toEqual(['now']);
  });

  it('is not used up by waiting runs that were cancelled', async () => {
    const stage = createRunStage();
    stage.submit('running', { limit: 1 });
    for (let turn = 0; turn < 10; turn++) {
      expect(stage.submit(`waiting-${turn}`, { limit: 1 })).toBe('accepted');
      expect(stage.submit('refused', { limit: 1 })).toBe('refused');
      expect(stage.scheduler.cancel(`waiting-${turn}`)).toBe('waiting');
    }
    expect(stage.scheduler.counts()).toEqual({ waiting: 0, running: 1 });
  });
});

describe('replace', () => {
  const replace = { strategy: 'replace' } as const;
  const delayed = { ...replace, startDelay: 100 };

  it('without queue_limit replaces nobody', () => {
    const stage = createRunStage();
    for (const id of ['a', 'b', 'c']) expect(stage.supersededBy(id, replace)).toEqual([]);
    expect(stage.supersededBy('d', delayed)).toEqual([]);
    expect(stage.scheduler.waiting()).toEqual(['b', 'c', 'd']);
  });

  it('with limit 1 supersedes the one that waits', async () => {
    const stage = createRunStage();
    expect(stage.supersededBy('job1', { ...delayed, limit: 1 })).toEqual([]);
    expect(stage.supersededBy('job2', { ...delayed, limit: 1 })).toEqual(['job1']);
    await stage.pass(100);
    expect(stage.started).toEqual(['job2']);
  });

  it('with limit 2 supersedes the second of two, and the first runs', async () => {
    const stage = createRunStage();
    const superseded = ['j1', 'j2', 'j3'].map((id) => stage.supersededBy(id, { ...delayed, limit: 2, concurrency: 2 }));
    expect(superseded).toEqual([[], [], ['j2']]);
    await stage.pass(100);
    expect(stage.started).toEqual(['j1', 'j3']);
  });

  it('never supersedes a run that has started', async () => {
    const stage = createRunStage();
    stage.submit('running', { ...replace, limit: 1 });
    await stage.turn();
    expect(stage.supersededBy('a', { ...replace, limit: 1 })).toEqual([]);
    expect(stage.supersededBy('b', { ...replace, limit: 1 })).toEqual(['a']);
    await stage.end('running');
    expect(stage.started).toEqual(['running', 'b']);
  });

  it('makes do with a limit that was lowered', () => {
    const stage = createRunStage();
    for (const id of ['a', 'b', 'c', 'd', 'e']) stage.submit(id, { ...replace, limit: 4 });
    expect(stage.supersededBy('f', { ...replace, limit: 2 })).toEqual(['e', 'd', 'c']);
    expect(stage.scheduler.waiting()).toEqual(['b', 'f']);
  });

  it('keeps its times: limit 2, delay 10, A at 0, B at 5, C at 8', async () => {
    const stage = createRunStage();
    const settings = { ...replace, limit: 2, startDelay: 10 * SECOND, concurrency: 2 };
    stage.submit('A', settings);
    await stage.pass(5 * SECOND);
    stage.submit('B', settings);
    await stage.pass(3 * SECOND);
    expect(stage.supersededBy('C', settings)).toEqual(['B']);
    await stage.pass(2 * SECOND - 1);
    expect(stage.started).toEqual([]);
    await stage.pass(1);
    expect(stage.started).toEqual(['A']);
    await stage.pass(8 * SECOND - 1);
    expect(stage.started).toEqual(['A']);
    await stage.pass(1);
    expect(stage.started).toEqual(['A', 'C']);
  });
});

describe('partitioned_replace', () => {
  const partitioned = { strategy: 'partitioned_replace', partitionLimit: 2, startDelay: 50, concurrency: 9 } as const;
  const of = (partition: string) => ({ partition });

  it('supersedes the newest of the same partition only, and stands at the end of the whole list', async () => {
    const stage = createRunStage();
    for (const [id, tenant] of ['A1', 'B2', 'C1', 'D2'].map((name) => [name, name.slice(1)] as const))
      expect(stage.supersededBy(id, partitioned, of(tenant))).toEqual([]);
    expect(stage.supersededBy('E2', partitioned, of('2'))).toEqual(['D2']);
    expect(stage.scheduler.waiting()).toEqual(['A1', 'B2', 'C1', 'E2']);
    expect(stage.supersededBy('F1', partitioned, of('1'))).toEqual(['C1']);
    expect(stage.scheduler.waiting()).toEqual(['A1', 'B2', 'E2', 'F1']);
    await stage.pass(50);
    expect(stage.started).toEqual(['A1', 'B2', 'E2', 'F1']);
  });

  it('has one concurrency for all partitions, and a partition without a name', async () => {
    const stage = createRunStage();
    const settings = { ...partitioned, startDelay: 0, concurrency: 1, partitionLimit: 1 };
    stage.submit('running', settings);
    expect(stage.supersededBy('a', settings)).toEqual([]);
    expect(stage.supersededBy('b', settings, of('other'))).toEqual([]);
    expect(stage.supersededBy('c', settings)).toEqual(['a']);
    await stage.turn();
    expect(stage.started).toEqual(['running']);
    await stage.end('running');
    expect(stage.started).toEqual(['running', 'b']);
  });

  it('frees the place in the partition when a waiting run is cancelled', () => {
    const stage = createRunStage();
    stage.submit('a', { ...partitioned, partitionLimit: 1 }, of('1'));
    stage.scheduler.cancel('a');
    expect(stage.supersededBy('b', { ...partitioned, partitionLimit: 1 }, of('1'))).toEqual([]);
  });
});

describe('start_delay', () => {
  it('makes a run wait also where nothing runs', async () => {
    const stage = createRunStage();
    stage.submit('a', { startDelay: 10 * SECOND });
    await stage.turn();
    expect(stage.scheduler.counts()).toEqual({ waiting: 1, running: 0 });
    await stage.pass(10 * SECOND - 1);
    expect(stage.started).toEqual([]);
    await stage.pass(1);
    expect(stage.started).toEqual(['a']);
  });

  it('does not block those that come later and are not delayed', async () => {
    const stage = createRunStage();
    stage.submit('running');
    stage.submit('delayed', { startDelay: 60 * SECOND });
    stage.submit('soon', { startDelay: 5 * SECOND });
    await stage.pass(5 * SECOND);
    await stage.end('running');
    expect(stage.started).toEqual(['running', 'soon']);
    await stage.pass(55 * SECOND);
    await stage.end('soon');
    expect(stage.started).toEqual(['running', 'soon', 'delayed']);
  });

  it('that is over waits for a slot: concurrency 1, the second after the first has ended', async () => {
    const stage = createRunStage();
    for (const id of ['job1', 'job2']) stage.submit(id, { startDelay: 100 });
    await stage.pass(1_000);
    expect(stage.started).toEqual(['job1']);
    await stage.end('job1');
    expect(stage.started).toEqual(['job1', 'job2']);
  });

  it('counts from the creation, for a run that was found again too', async () => {
    const stage = createRunStage();
    const createdAt = stage.clock.now() - 8 * SECOND;
    stage.submit('recent', { startDelay: 10 * SECOND, concurrency: 2 }, { createdAt });
    stage.submit('old', { startDelay: 10 * SECOND, concurrency: 2 }, { createdAt: createdAt - DAY });
    await stage.turn();
    expect(stage.started).toEqual(['old']);
    await stage.pass(2 * SECOND);
    expect(stage.started).toEqual(['old', 'recent']);
  });

  it('is not longer for a clock that is set back, before or during the wait', async () => {
    let jump = 0;
    const hands = createRunStage().clock;
    const clock: Clock = { ...hands, now: () => hands.now() + jump };
    const stage = createRunStage({ clock });
    stage.submit('made-tomorrow', { startDelay: 10 * SECOND, concurrency: 9 }, { createdAt: hands.now() + DAY });
    stage.submit('before', { startDelay: 10 * SECOND, concurrency: 9 }, { createdAt: hands.now() });
    jump = -DAY;
    stage.submit('after', { startDelay: 10 * SECOND, concurrency: 9 }, { createdAt: hands.now() });
    hands.advance(10 * SECOND);
    await stage.turn();
    expect(stage.started).toEqual(['made-tomorrow', 'before', 'after']);
  });

  it('is not cut short by a clock that is set forward while it waits', async () => {
    let jump = 0;
    const hands = createRunStage().clock;
    const stage = createRunStage({ clock: { ...hands, now: () => hands.now() + jump } });
    stage.submit('a', { startDelay: 10 * SECOND }, { createdAt: hands.now() });
    jump = DAY;
    stage.submit('other', {}, { resource: 'other' });
    await stage.turn();
    expect(stage.started).toEqual(['other']);
  });

  it('of a thousand runs that are due at once needs one timer', async () => {
    const hands = createRunStage().clock;
    let sleeps = 0;
    const after: Clock['after'] = (milliseconds, act) => {
      sleeps++;
      return hands.after(milliseconds, act);
    };
    const stage = createRunStage({ clock: { ...hands, after } });
    for (let index = 0; index < 1_000; index++)
      stage.submit(`${index}`, { startDelay: SECOND }, { resource: `r${index}`, createdAt: hands.now() });
    hands.advance(SECOND);
    await stage.turn();
    expect(stage.started.length).toBe(1_000);
    expect(sleeps).toBe(1);
  });

  it('follows the run that is due next, also where that is cancelled', async () => {
    const stage = createRunStage();
    const started = () => stage.started.join(' ');
    for (const [id, seconds] of [
      ['c', 30],
      ['b', 20],
      ['a', 10],
      ['d', 40],
    ] as const)
      stage.submit(id, { startDelay: seconds * SECOND, concurrency: 9 });
    stage.scheduler.cancel('a');
    await stage.pass(10 * SECOND);
    expect(started()).toBe('');
    await stage.pass(10 * SECOND);
    expect(started()).toBe('b');
    await stage.pass(10 * SECOND);
    await stage.pass(10 * SECOND);
    expect(started()).toBe('b c d');
  });
});

describe('the longest wait', () => {
  const steady = { strategy: 'replace', limit: 1, startDelay: 10 * SECOND } as const;
  /** A run every five seconds for a minute: when which one started. */
  async function stream(startWithin: number | null) {
    const stage = createRunStage();
    const begun = stage.clock.now();
    const starts: [string, number][] = [];
    for (let second = 0; second < 60; second++) {
      if (second % 5 === 0) stage.submit(`at-${second}`, { ...steady, startWithin, concurrency: 9 });
      await stage.turn();
      for (const id of stage.started.slice(starts.length)) starts.push([id, (stage.clock.now() - begun) / SECOND]);
      await stage.pass(SECOND);
    }
    return starts;
  }

  it('of none lets a steady stream replace itself for ever', async () => {
    expect(await stream(null)).toEqual([]);
  });

  it('is inherited by the run that replaces, which starts though its own delay is not over', async () => {
    expect(await stream(28 * SECOND)).toEqual([
      ['at-25', 28],
      ['at-55', 58],
    ]);
    expect(await stream(22 * SECOND)).toEqual([
      ['at-20', 22],
      ['at-45', 47],
    ]);
  });

  it('that has passed while no slot was free starts the newest as soon as there is one', async () => {
    const stage = createRunStage();
    const settings = { ...steady, startWithin: 15 * SECOND };
    stage.submit('running');
    for (const id of ['a', 'b', 'c', 'd']) {
      stage.submit(id, settings);
      await stage.pass(9 * SECOND);
    }
    expect(stage.started).toEqual(['running']);
    expect(stage.supersededBy('e', settings)).toEqual(['d']);
    await stage.end('running');
    expect(stage.started).toEqual(['running', 'e']);
  });
});

describe('cancel', () => {
  it('of a waiting run lets those around it run: three, the second is cancelled', async () => {
    const stage = createRunStage();
    for (const id of ['1st', '2nd', '3rd']) stage.submit(id);
    expect(stage.scheduler.cancel('2nd')).toBe('waiting');
    await stage.turn();
    await stage.end('1st');
    await stage.end('3rd');
    expect(stage.started).toEqual(['1st', '3rd']);
    expect(stage.scheduler.cancel('2nd')).toBe(null);
  });

  it('of a running one asks it to end, and it counts until it has', async () => {
    const stage = createRunStage();
    for (const id of ['a', 'b']) stage.submit(id, { groups: ['device'] });
    await stage.turn();
    expect(stage.scheduler.cancel('a')).toBe('running');
    expect(stage.scheduler.cancel('a')).toBe('running');
    expect(stage.asked.get('a')).toMatchObject({ reason: 'cancelled' });
    await stage.turn();
    expect(stage.started).toEqual(['a']);
    expect(stage.scheduler.counts()).toEqual({ waiting: 1, running: 1 });
    await stage.end('a');
    expect(stage.started).toEqual(['a', 'b']);
  });

  it('of a run that is about to start carries it out with an aborted signal, so that it is told as cancelled', async () => {
    const stage = createRunStage();
    stage.submit('a');
    expect(stage.scheduler.cancel('a')).toBe('running');
    await stage.turn();
    expect([...stage.asked.keys()]).toEqual(['a']);
  });

  it('of what is unknown or has ended is told', async () => {
    const stage = createRunStage();
    stage.submit('a');
    await stage.turn();
    await stage.end('a');
    expect(stage.scheduler.cancel('a')).toBe(null);
    expect(stage.scheduler.cancel('never')).toBe(null);
  });

  it('of a delayed run ends the wait for it', async () => {
    const stage = createRunStage();
    stage.submit('a', { startDelay: SECOND });
    expect(stage.scheduler.cancel('a')).toBe('waiting');
    await stage.scheduler.idle();
    await stage.pass(2 * SECOND);
    expect(stage.started).toEqual([]);
  });

  it('of the first in a queue makes way for one whose group is free', async () => {
    const stage = createRunStage();
    stage.submit('device', { groups: ['device'] }, { resource: 'other' });
    stage.submit('first', { groups: ['device'] });
    stage.submit('second', { groups: ['lab'] });
    stage.scheduler.cancel('first');
    await stage.turn();
    expect(stage.started).toEqual(['device', 'second']);
  });
});

describe('concurrency groups', () => {
  const each = (name: string) => ({ resource: name });

  it('give a run a slot in any one of its groups, and tell which', async () => {
    const stage = createRunStage({ groups: { big: 2, small: 1 } });
    for (const id of ['a', 'b', 'c', 'd']) stage.submit(id, { groups: ['small', 'big'] }, each(id));
    await stage.turn();
    expect([...stage.running]).toEqual([
      ['a', 'small'],
      ['b', 'big'],
      ['c', 'big'],
    ]);
    await stage.end('a');
    expect(stage.running.get('d')).toBe('small');
  });

  it('that are not defined have one slot', async () => {
    const stage = createRunStage({ groups: { toString: 1 } });
    for (const id of ['a', 'b']) stage.submit(id, { groups: ['constructor'] }, each(id));
    await stage.turn();
    expect([...stage.running]).toEqual([['a', 'constructor']]);
  });

  it('that are full block neither other groups nor runs without one, and are noticed when free', async () => {
    const stage = createRunStage({ groups: { device: 1 } });
    stage.submit('a', { groups: ['device'] }, each('a'));
    stage.submit('b', { groups: ['device'] }, each('b'));
    stage.submit('c', { groups: ['lab'] }, each('c'));
    stage.submit('d', {}, each('d'));
    stage.submit('e', { groups: ['device', 'lab'] }, each('e'));
    await stage.turn();
    expect(stage.started).toEqual(['a', 'c', 'd']);
    await stage.end('c');
    expect([stage.started.at(-1), stage.running.get('e')]).toEqual(['e', 'lab']);
    await stage.end('a');
    expect([stage.started.at(-1), stage.running.get('b')]).toEqual(['b', 'device']);
  });
});

describe('the agent', () => {
  it('runs no more at a time than it may, the resource first that started longest ago', async () => {
    const stage = createRunStage({ atATime: 1 });
    for (const id of ['a1', 'a2', 'a3']) stage.submit(id, {}, { resource: 'a' });
    for (const id of ['b1', 'b2']) stage.submit(id, {}, { resource: 'b' });
    stage.submit('c1', {}, { resource: 'c' });
    await stage.turn();
    for (const id of ['a1', 'b1', 'c1']) await stage.end(id);
    stage.submit('d1', {}, { resource: 'd' });
    for (const id of ['a2', 'd1', 'b2']) await stage.end(id);
    expect(stage.started).toEqual(['a1', 'b1', 'c1', 'a2', 'd1', 'b2', 'a3']);
  });

  it('lets a newcomer go before the rest of a backlog', async () => {
    const stage = createRunStage({ atATime: 1 });
    for (let index = 0; index < 10; index++) stage.submit(`backlog-${index}`);
    await stage.turn();
    stage.submit('newcomer', {}, { resource: 'other' });
    await stage.end('backlog-0');
    expect(stage.started).toEqual(['backlog-0', 'newcomer']);
  });

  it('lets nobody go first for ending each run before the next is asked for', async () => {
    const stage = createRunStage({ atATime: 1 });
    stage.submit('quick-0', {}, { resource: 'quick' });
    for (let index = 0; index < 5; index++) stage.submit(`backlog-${index}`);
    await stage.turn();
    for (let index = 1; index < 5; index++) {
      await stage.end(`quick-${index - 1}`);
      stage.submit(`quick-${index}`, {}, { resource: 'quick' });
      await stage.end(`backlog-${index - 1}`);
    }
    expect(stage.started.slice(0, 6)).toEqual(['quick-0', 'backlog-0', 'quick-1', 'backlog-1', 'quick-2', 'backlog-2']);
  });
});

describe('stopping', () => {
  it('by finish starts nothing more, refuses with what is left, and resolves when what ran has ended', async () => {
    const stage = createRunStage();
    for (const id of ['a', 'b', 'c']) stage.submit(id, { concurrency: 1 });
    stage.submit('delayed', { startDelay: SECOND }, { resource: 'other' });
    await stage.turn();
    let stopped = false;
    const stop = stage.scheduler.stop('finish').then(() => {
      stopped = true;
    });
    const settings = { concurrency: 1, groups: [], limit: null, strategy: 'append', partitionLimit: null } as const;
    const run = { id: 'new', resource: 'new', partition: '', createdAt: 0 };
    expect(stage.scheduler.submit({ ...run, settings: { ...settings, startDelay: 0, startWithin: null } })).toEqual({
      kind: 'refused',
      why: 'nothing new is accepted while stopping: 1 running and 3 waiting are left',
    });
    await stage.pass(2 * SECOND);
    expect([stage.asked.size, stopped]).toEqual([0, false]);
    await stage.end('a');
    await stop;
    expect(stage.started).toEqual(['a']);
    expect(stage.scheduler.waiting()).toEqual(['b', 'c', 'delayed']);
    await stage.scheduler.idle();
  });

  it('by cancel asks what runs to end and awaits it, also after finish', async () => {
    const stage = createRunStage();
    stage.submit('a');
    await stage.turn();
    const finished = stage.scheduler.stop('finish');
    expect(stage.asked.size).toBe(0);
    const cancelled = stage.scheduler.stop('cancel');
    expect(stage.asked.get('a')).toMatchObject({ reason: 'cancelled', message: 'the agent is stopping' });
    await stage.end('a');
    await Promise.all([finished, cancelled]);
  });

  it('resolves at once where nothing runs, and waiting runs can still be cancelled', async () => {
    const stage = createRunStage();
    stage.submit('a', { startDelay: SECOND });
    await stage.scheduler.stop('finish');
    expect(stage.scheduler.cancel('a')).toBe('waiting');
    expect(stage.scheduler.counts()).toEqual({ waiting: 0, running: 0 });
  });
});

describe('idle', () => {
  it('is when nothing waits and nothing runs', async () => {
    const stage = createRunStage();
    await stage.scheduler.idle();
    stage.submit('a');
    stage.submit('b', { startDelay: SECOND });
    let idle = false;
    const resolved = stage.scheduler.idle().then(() => {
      idle = true;
    });
    await stage.turn();
    await stage.end('a');
    expect(idle).toBe(false);
    await stage.pass(SECOND);
    expect(idle).toBe(false);
    await stage.end('b');
    await resolved;
  });
});
