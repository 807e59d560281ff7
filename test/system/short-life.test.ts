import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/git-origin.ts';
import { run } from '../support/terminal.ts';

describe('a command that ends soon', () => {
  it('asks nothing of the engine that it does not know', async () => {
    const { path: directory, remove } = temporaryDirectory();
    try {
      const env = { PATH: process.env.PATH ?? '', HOME: directory, XDG_RUNTIME_DIR: directory };
      expect(await run(['config', 'show', '--json'], { directory, env })).toMatchObject({ status: 0, stderr: '' });
    } finally {
      remove();
    }
  });
});
