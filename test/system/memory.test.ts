import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';

const MODULE = readFileSync(fileURLToPath(new URL('../../src/system/memory.ts', import.meta.url)), 'utf8');

/** Makes many objects that live for a while, and prints how large the part for new ones became, in bytes. */
const BUSY = `
import { getHeapSpaceStatistics } from 'node:v8';
const kept = [];
let largest = 0;
for (let turn = 0; turn < 300; turn += 1) {
  kept[turn % 20] = Array.from({ length: 5000 }, (_, index) => ({ index }));
  const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  largest = Math.max(largest, space_size);
}
console.log(largest);
`;

/** In a process of its own: what is set cannot be taken back. */
function largestNewSpace(before: string): number {
  const { code } = transformSync(`${MODULE}\n${before}\n${BUSY}`, { loader: 'ts', format: 'esm' });
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
}

describe('a process that lives frugally', () => {
  it('keeps little room for new objects, however many it makes', () => {
    expect(largestNewSpace('liveFrugally();')).toBeLessThan(largestNewSpace('') / 2);
  });

  it('gives what clears away what nobody needs any more', () => {
    const { code } = transformSync(
      `${MODULE}
      const tidy = liveFrugally();
      let kept = Array.from({ length: 500_000 }, (_, index) => ({ index }));
      const before = process.memoryUsage().heapUsed;
      kept = [];
      tidy();
      console.log(process.memoryUsage().heapUsed / before);`,
      { loader: 'ts', format: 'esm' },
    );
    const left = Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
    expect(left).toBeLessThan(0.5);
  });
});
