// What is running: lets tests assert that nothing they started is left, by asking the kernel.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Pids of live processes (zombies excluded) whose environment or command line holds the text. */
export function processesMentioning(text: string): number[] {
  return livePids().filter((pid) => pid !== process.pid && mentions(pid, text));
}

/** Pids of live processes of a process group. */
export function membersOfGroup(group: number): number[] {
  return livePids().filter((pid) => statOf(pid)?.group === group);
}

/** The process group of a process; undefined where there is no such process. */
export function groupOf(pid: number): number | undefined {
  return statOf(pid)?.group;
}

/** Pids of the live children of a process. */
export function childrenOf(parent: number): number[] {
  return livePids().filter((pid) => statOf(pid)?.parent === parent);
}

/** What the descriptors of a process point to, such as `3 pipe:[1234]`. */
export function descriptorsOf(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((name) => {
    try {
      return [`${name} ${readlinkSync(`${directory}/${name}`)}`];
    } catch {
      // the descriptor of this very listing has gone
      return [];
    }
  });
}

/** Waits until a condition holds, looking again after every turn of the event loop; the test's time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  // the kernel tells nobody about the end of processes that are not one's children
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function livePids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const state = statOf(pid)?.state;
      return state !== undefined && state !== 'Z' && state !== 'X';
    });
}

function statOf(pid: number): { readonly state: string; readonly parent: number; readonly group: number } | undefined {
  const text = readIfAny(`/proc/${pid}/stat`);
  // the name in parentheses may hold anything; the fields after it do not
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group] = fields;
  return text === '' || state === undefined ? undefined : { state, parent: Number(parent), group: Number(group) };
}

function mentions(pid: number, text: string): boolean {
  return readIfAny(`/proc/${pid}/environ`).includes(text) || readIfAny(`/proc/${pid}/cmdline`).includes(text);
}

function readIfAny(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // the process has ended, or belongs to somebody else
    return '';
  }
}
