import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatResult, isFinal, parseResult, unrunResult } from '../../src/core/result.ts';
import { anyResult, resultOf } from '../support/results.ts';

describe('the line of a result', () => {
  it('is read by people and by programs', () => {
    expect(formatResult(resultOf())).toBe(
      'success 3m10s attempt 1 by agent-1 {"v":1,"run":"0123456789ab","attempt":1,"status":"success",' +
        '"started":"2026-03-07T12:00:00.000Z","finished":"2026-03-07T12:03:10.000Z","exit_code":0,' +
        `"definition":"${'d'.repeat(40)}","tasks":{"suite":"success"}}`,
    );
  });

  it('says the rest where there is more to say', () => {
    const line = formatResult(
      resultOf({
        status: 'running',
        finishedAt: null,
        exitCode: null,
        variables: { CHANNEL: 'edge' },
        change: { branch: 'snap', subject: 'New snap (12)', observedAt: 0 },
        remark: 'the claim of agent-2 ended',
      }),
    );
    expect(line).toMatch(/^running - attempt 1 by agent-1 \{/);
    expect(line).toContain(
      '"variables":{"CHANNEL":"edge"},"change":{"branch":"snap","subject":"New snap (12)","observed":"1970-01-01T00:00:00.000Z"},' +
        '"remark":"the claim of agent-2 ended"}',
    );
  });

  it('stays one line without anything unseen, and gives back every result', () => {
    fc.assert(
      fc.property(anyResult, (result) => {
        const line = formatResult(result);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(line.slice(0, line.indexOf('{'))).toMatch(/^[a-z-]+ \S+ attempt \d+ by \S+ $/);
        expect(parseResult(line)).toEqual(result);
      }),
    );
  });

  it('tells of a change that was adopted that nothing ran', () => {
    const adopted = unrunResult('adopted', { agent: 'agent-1', at: 0, change: null });
    expect(formatResult(adopted)).toMatch(/^adopted - attempt 0 by agent-1 \{"v":1,"run":"",/);
    expect(isFinal(adopted)).toBe(true);
  });

  it("is somebody else's where it has another form, version or vocabulary", () => {
    const line = formatResult(resultOf());
    for (const other of [
      '',
      'looked into it, see {ticket}',
      line.replace('"v":1', '"v":2'),
      line.replace('"status":"success"', '"status":"splendid"'),
      line.replace('"status":"success"', '"status":"waiting"'),
      line.replace('"attempt":1', '"attempt":1.5'),
      line.replace('"attempt":1', '"attempt":-1'),
      line.replace('"run":"0123456789ab"', '"run":7'),
      line.slice(0, -1),
    ])
      expect(parseResult(other), other).toBeNull();
  });

  it('is read with what is wrong in it left out', () => {
    const line = formatResult(resultOf())
      .replace('"tasks":{"suite":"success"}', '"tasks":{"suite":"success","other":"splendid"},"more":[1]')
      .replace('"exit_code":0', '"exit_code":"0"')
      .replace('2026-03-07T12:00:00.000Z', 'yesterday');
    expect(parseResult(line)).toEqual(resultOf({ exitCode: null, startedAt: null }));
  });

  it('has no instant that cannot be written', () => {
    const line = formatResult(resultOf({ startedAt: Number.NaN, finishedAt: 9e15 }));
    expect(parseResult(line)).toMatchObject({ startedAt: null, finishedAt: null });
  });
});
