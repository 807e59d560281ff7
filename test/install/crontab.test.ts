import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronSchedule, crontabEntry, joinCrontab, splitCrontab } from '../../src/install/crontab.ts';
import { standingOf } from '../../src/install/mark.ts';
import { failureOf } from '../support/failures.ts';
import { CONFIG, installationOf, URL } from '../support/install-standpoint.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('when cron checks', () => {
  it.each([1, 2, 5, 12, 30, 60, 180, 720, 1440])('is every %d minutes, at any minute', (minutes) => {
    for (const seed of [0, 7, 59, 123_456_789]) {
      const times = CronExpressionParser.parse(cronSchedule(minutes * MINUTE, seed), {
        tz: 'UTC',
        currentDate: new Date('2026-03-07T00:00:00Z'),
      });
      const fired = Array.from({ length: 50 }, () => times.next().getTime());
      const gaps = fired.slice(1).map((time, at) => (time - (fired[at] ?? 0)) / MINUTE);
      expect(new Set(gaps)).toEqual(new Set([minutes]));
    }
  });

  it('is spread by the repository, so that not everybody polls at the full hour', () => {
    expect(cronSchedule(HOUR, 17)).toBe('17 * * * *');
    expect(cronSchedule(5 * MINUTE, 17)).toBe('2-59/5 * * * *');
  });

  it.each([
    [7 * MINUTE, '7m', '5m or 6m'],
    [45 * MINUTE, '45m', '30m or 1h'],
    [90_000, '1m 30s', '1m or 2m'],
    [36 * HOUR, '1d 12h', '12h or 1d'],
  ])('is refused where cron cannot count it: %d', async (interval, said, nearest) => {
    const failure = await failureOf(Promise.resolve().then(() => cronSchedule(interval, 0)));
    expect(failure).toMatchObject({ reason: 'refused', details: { interval: said, nearest } });
    expect(failure.message).toContain('--systemd');
  });
});

describe('the entry', () => {
  it('is a mark and one line', async () => {
    const entry = crontabEntry(await installationOf({ more: { place: 'cron' } }));
    expect(standingOf(entry, null)).toBe('installed');
    const [mark, line, ...rest] = entry.split('\n');
    expect(mark).toMatch(/^# Written by spread-cron install /);
    expect(line).toMatch(
      /^\d-59\/5 \* \* \* \* PATH=\/usr\/local\/bin:\/usr\/bin:\/bin \/usr\/bin\/node \/usr\/lib\S+ check --config \S+ --state-dir \S+$/,
    );
    expect(line).toContain(CONFIG);
    expect(rest).toEqual(['']);
  });

  it('has a minute of its repository’s own', async () => {
    const lines = await Promise.all(
      [URL, `${URL}2`, `${URL}3`, `${URL}4`].map(async (address) =>
        crontabEntry(await installationOf({ text: null, flags: { repository: address, interval: '1h' } })),
      ),
    );
    expect(new Set(lines.map((line) => /^\d+ /m.exec(line)?.[0])).size).toBeGreaterThan(1);
  });

  it('is refused where it is longer than cron takes', async () => {
    const path = '/a-long-directory'.repeat(60);
    const failure = await failureOf(installationOf({ more: { path } }).then(crontabEntry));
    expect(failure).toMatchObject({ reason: 'refused', details: { longest: 998 } });
    expect(failure.message).toContain('shorten PATH');
  });
});

describe('a crontab', () => {
  const others = fc.array(fc.string({ unit: 'binary-ascii' }).filter((line) => !/[\n\0]/.test(line))).map((lines) =>
    lines
      .map((line) => `${line}\n`)
      .join('')
      // what stands around a block is bytes in any encoding
      .concat('\xff\xfe\n'),
  );
  const entry = fc.string({ unit: 'grapheme' }).map((text) => `${text.replaceAll('\n', '')}\n`);

  it('keeps every other byte, when an entry comes, is replaced, and goes', () => {
    fc.assert(
      fc.property(others, others, entry, entry, (before, after, first, second) => {
        const installed = joinCrontab(splitCrontab(before), first) + after;
        expect(splitCrontab(installed)).toEqual({ before, entry: first, after });
        const replaced = joinCrontab(splitCrontab(installed), second);
        expect(splitCrontab(replaced)).toEqual({ before, entry: second, after });
        expect(joinCrontab(splitCrontab(replaced), null)).toBe(before + after);
      }),
    );
  });

  it('has no block where the marks stand within a line', () => {
    const text = 'echo # >>> spread-cron >>>\n';
    expect(splitCrontab(text)).toEqual({ before: text, entry: null, after: '' });
  });

  it('ends its last line before a block begins', () => {
    expect(joinCrontab(splitCrontab('@daily x'), 'y\n')).toBe(
      '@daily x\n# >>> spread-cron >>>\ny\n# <<< spread-cron <<<\n',
    );
  });

  it.each([
    ['without its end', '# >>> spread-cron >>>\n* * * * * x\n'],
    ['twice', '# >>> spread-cron >>>\n# >>> spread-cron >>>\n# <<< spread-cron <<<\n'],
  ])('with a block %s is for people to mend', async (_, text) => {
    const failure = await failureOf(Promise.resolve().then(() => splitCrontab(text)));
    expect(failure).toMatchObject({ reason: 'refused', message: expect.stringContaining('crontab -e') });
  });
});
