// Waiting for something to happen in a directory: the system tells, and a slow look makes sure.
import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from './clock.ts';

export interface DirectoryWatch {
  /** Resolves when something happened since the last call, or after a while; at once where the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** How long is waited where the system tells of changes, and where it cannot (no such directory yet, too many watches), in
 * milliseconds. */
const [TOLD, UNTOLD] = [1_000, 100];

/** The directory may come later, and go. */
export function watchDirectory(path: string, clock: Clock): DirectoryWatch {
  let watcher: FSWatcher | null = null;
  let happened = false;
  let wake: (() => void) | null = null;

  function told(): void {
    happened = true;
    wake?.();
  }

  function close(): void {
    watcher?.close();
    watcher = null;
  }

  function begin(): void {
    try {
      watcher = watch(path, told);
      // from here on the slow look has to do
      watcher.on('error', close);
      // what happened before the watch began is not told
      happened = true;
    } catch {
      // tried again with the next look
      watcher = null;
    }
  }

  begin();
  happened = false;
  return {
    async changed(signal) {
      if (watcher === null) begin();
      if (!happened && !signal.aborted) {
        const stop = new AbortController();
        wake = () => stop.abort();
        signal.addEventListener('abort', wake);
        try {
          await clock.sleep(watcher === null ? UNTOLD : TOLD, stop.signal);
        } catch (error) {
          if (!stop.signal.aborted) throw error;
        } finally {
          signal.removeEventListener('abort', wake);
          wake = null;
        }
      }
      happened = false;
    },
    close,
  };
}
