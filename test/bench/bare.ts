// What the runner is compared with: the same processes started from Node with nothing around them, output read from pipes.
import { spawn } from 'node:child_process';
import { serve } from './child.ts';

serve({
  /** Milliseconds for `count` processes, `atATime` of them side by side. */
  spawnAll: async ({ count, atATime }: { readonly count: number; readonly atATime: number }): Promise<number> => {
    const start = performance.now();
    let left = count;
    await Promise.all(
      Array.from({ length: atATime }, async () => {
        while (left > 0) {
          left -= 1;
          await spawnOne();
        }
      }),
    );
    return performance.now() - start;
  },
});

function spawnOne(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', 'echo ok'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.resume();
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 && output === 'ok\n') resolve();
      else reject(new Error(`a bare process ended with ${code} and printed ${JSON.stringify(output)}`));
    });
  });
}
