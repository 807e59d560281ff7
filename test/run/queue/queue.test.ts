import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueueSettings } from '../../../src/core/run-definition.ts';
import { createRunQueue, type QueuedRun, type Start } from '../../../src/run/queue/queue.ts';

const SETTINGS: QueueSettings = {
  concurrency: 1,
  groups: [],
  limit: null,
  strategy: 'append',
  partitionLimit: null,
  startDelay: 0,
  startWithin: null,
};

const SLOTS: Readonly<Record<string, number>> = { two: 2, three: 3 };

const anySettings = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  groups: fc.subarray(['two', 'three', 'undefined']),
  limit: fc.option(fc.nat(3)),
  strategy: fc.constantFrom('append' as const, 'replace' as const, 'partitioned_replace' as const),
  partitionLimit: fc.option(fc.integer({ min: 1, max: 2 })),
  startDelay: fc.constantFrom(0, 0, 5, 20),
  startWithin: fc.option(fc.constantFrom(10, 30)),
});

/** Each resource has one definition; runs of it come, end, are cancelled, and time passes. */
const anyHistory = fc.record({
  atATime: fc.integer({ min: 1, max: 5 }),
  resources: fc.array(anySettings, { minLength: 1, maxLength: 4 }),
  events: fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('submit' as const), pick: fc.nat(100), partition: fc.nat(2) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), pick: fc.nat(100) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(100) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.nat(15) }) },
    ),
    { maxLength: 60 },
  ),
});

describe('any history of a queue', () => {
  it('keeps within concurrency, groups, the agent and the limits, loses nobody and keeps the order', () => {
    fc.assert(
      fc.property(anyHistory, ({ atATime, resources, events }) => {
        const queue = createRunQueue({ atATime, groups: SLOTS });
        const running = new Map<string, Start>();
        const accepted = new Map<string, QueuedRun>();
        const ended = new Set<string>();
        const starts: string[] = [];
        let time = 0;
        let count = 0;

        const drain = () => {
          for (let start = queue.next(time); start !== null; start = queue.next(time)) {
            running.set(start.run.id, start);
            starts.push(start.run.id);
            expect(start.group === null).toBe(start.run.settings.groups.length === 0);
            if (start.group !== null) expect(start.run.settings.groups).toContain(start.group);
          }
          expect(running.size).toBeLessThanOrEqual(atATime);
          for (const [index, { concurrency }] of resources.entries()) {
            const own = [...running.values()].filter(({ run }) => run.resource === `r${index}`);
            expect(own.length).toBeLessThanOrEqual(concurrency);
          }
          for (const group of ['two', 'three', 'undefined']) {
            const used = [...running.values()].filter((start) => start.group === group).length;
            expect(used).toBeLessThanOrEqual(SLOTS[group] ?? 1);
          }
        };
        const submit = (resource: number, partition: string) => {
          const settings = resources[resource] ?? SETTINGS;
          const run = { id: `run-${count++}`, resource: `r${resource}`, partition, settings, createdAt: time };
          queue.learn(run);
          drain();
          const free = running.size < atATime;
          const result = queue.submit(run, { now: time, monotonic: time });
          if (result.kind === 'refused') {
            expect(settings.strategy === 'append' || settings.limit === 0).toBe(true);
            return;
          }
          accepted.set(run.id, run);
          for (const id of result.superseded) {
            expect(settings.strategy).not.toBe('append');
            const other = accepted.get(id);
            expect(other?.resource).toBe(run.resource);
            if (settings.strategy === 'partitioned_replace') expect(other?.partition).toBe(partition);
            ended.add(id);
          }
          drain();
          if (running.has(run.id)) expect(free).toBe(true);
        };
        const end = (id: string) => {
          running.delete(id);
          ended.add(id);
          queue.ended(id);
          drain();
        };
        const withinLimits = () => {
          const waiting = queue.waiting().map((id) => accepted.get(id));
          for (const [index, { strategy, limit, partitionLimit }] of resources.entries()) {
            const own = waiting.filter((run) => run?.resource === `r${index}`);
            if (strategy !== 'partitioned_replace') expect(own.length).toBeLessThanOrEqual(limit ?? own.length);
            else
              for (const partition of ['0', '1', '2'])
                expect(own.filter((run) => run?.partition === partition).length).toBeLessThanOrEqual(
                  partitionLimit ?? own.length,
                );
          }
        };

        for (const event of events) {
          if (event.kind === 'submit') submit(event.pick % resources.length, `${event.partition}`);
          if (event.kind === 'pass') time += event.milliseconds;
          const pool = event.kind === 'end' ? [...running.keys()] : queue.waiting();
          const picked = 'pick' in event ? pool[event.pick % Math.max(1, pool.length)] : undefined;
          if (event.kind === 'end' && picked !== undefined) end(picked);
          if (event.kind === 'cancel' && picked !== undefined) {
            expect(queue.cancel(picked)).toBe(true);
            ended.add(picked);
          }
          drain();
          withinLimits();
        }
        // all that is left comes to its end when the time passes and what runs ends
        time += 100;
        drain();
        for (let [id] = running.keys(); id !== undefined; [id] = running.keys()) end(id);
        expect(queue.waiting()).toEqual([]);
        expect(queue.nextDue()).toBe(null);
        expect(ended.size).toBe(accepted.size);
        for (const [index, { startDelay }] of resources.entries()) {
          if (startDelay > 0) continue;
          const own = starts.filter((id) => accepted.get(id)?.resource === `r${index}`);
          expect(own).toEqual(own.toSorted((a, b) => Number(a.slice(4)) - Number(b.slice(4))));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('nobody starves', () => {
  const run = (id: string, resource: string, settings: Partial<QueueSettings> = {}): QueuedRun => ({
    id,
    resource,
    partition: '',
    settings: { ...SETTINGS, ...settings },
    createdAt: 0,
  });

  it('among resources that always want more, whatever runs at a time and however long the runs are', () => {
    const load = fc.record({
      greedy: fc.integer({ min: 1, max: 8 }),
      atATime: fc.integer({ min: 1, max: 4 }),
      /** Whether a greedy resource submits ahead, or only when its run has ended. */
      ahead: fc.boolean(),
      grouped: fc.boolean(),
      ends: fc.array(fc.nat(100), { minLength: 100, maxLength: 100 }),
      arrival: fc.nat(50),
    });
    fc.assert(
      fc.property(load, ({ greedy, atATime, ahead, grouped, ends, arrival }) => {
        const queue = createRunQueue({ atATime, groups: { device: atATime } });
        const settings = { concurrency: atATime, groups: grouped ? ['device'] : [] };
        const running: QueuedRun[] = [];
        let count = 0;
        let startsOfOthers = 0;
        let arrived = false;
        let started = false;
        const drain = () => {
          for (let start = queue.next(0); start !== null; start = queue.next(0)) {
            running.push(start.run);
            if (start.run.resource === 'patient') started = true;
            else if (arrived && !started) startsOfOthers++;
          }
        };
        const submit = (resource: string) => {
          queue.submit(run(`${resource}-${count++}`, resource, settings), { now: 0, monotonic: 0 });
          drain();
        };
        for (let index = 0; index < greedy; index++)
          for (let more = 0; more < (ahead ? 5 : 1); more++) submit(`greedy-${index}`);
        for (const [step, pick] of ends.entries()) {
          if (step === arrival) {
            arrived = true;
            submit('patient');
          }
          const [ended] = running.splice(pick % Math.max(1, running.length), 1);
          if (ended === undefined) continue;
          queue.ended(ended.id);
          if (!ahead) drain();
          if (ended.resource !== 'patient') submit(ended.resource);
          drain();
        }
        expect(started).toBe(true);
        expect(startsOfOthers).toBeLessThanOrEqual(greedy);
      }),
    );
  });

  it('for a resource that comes back often, also among so many names that some are forgotten', () => {
    const queue = createRunQueue({ atATime: 1, groups: {} });
    const at = { now: 0, monotonic: 0 };
    const started: string[] = [];
    const next = () => started.push(queue.next(0)?.run.id ?? 'none');
    for (const name of ['x', 'y'])
      for (let index = 0; index < 3; index++) queue.submit(run(`${name}${index}`, name), at);
    next();
    for (let index = 0; index < 3; index++) {
      for (let name = 0; name < 500; name++) queue.learn(run('-', `${index}-${name}`));
      queue.submit(run(`quick${index}`, 'quick'), at);
      for (let turn = 0; turn < 3; turn++) {
        queue.ended(started.at(-1) ?? '');
        next();
      }
    }
    expect(started.join(' ')).toBe('x0 y0 quick0 x1 y1 quick1 x2 y2 quick2 none');
  });

  it('behind ever new names', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), (atATime, each) => {
        const queue = createRunQueue({ atATime, groups: {} });
        const running: string[] = [];
        const at = { now: 0, monotonic: 0 };
        const drain = () => {
          for (let start = queue.next(0); start !== null; start = queue.next(0)) running.push(start.run.id);
        };
        for (let index = 0; index < 3; index++) queue.submit(run(`old-${index}`, 'old'), at);
        drain();
        for (let step = 0; step < 2_000 && !running.includes('old-2'); step++) {
          // never fewer newcomers than starts
          for (let index = 0; index < each; index++)
            queue.submit(run(`new-${step}-${index}`, `new-${step}-${index}`), at);
          drain();
          queue.ended(running.shift() ?? '');
          drain();
        }
        expect(running).toContain('old-2');
      }),
      { numRuns: 12 },
    );
  });
});
