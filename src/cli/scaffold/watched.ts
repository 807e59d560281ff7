// What `watch` makes of a page: the name of its resource, and the keys of a definition. Pure.
import { branchNameProblem } from '../../core/branch-name.ts';
import { Failure } from '../../core/failure.ts';
import { shellWord } from '../../core/shell-word.ts';
import { parseStepArguments } from '../../definition/step-argument.ts';

export interface WatchFlags {
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  readonly step?: readonly string[] | undefined;
  readonly run?: string | undefined;
}

export interface WatchedPage {
  readonly name: string;
  /** Keys of a `resource.yaml`. */
  readonly written: Readonly<Record<string, unknown>>;
}

/** Longest name that is made of a URL, in characters. */
const LONGEST_NAME = 60;

/** `directory` is where the command is to run. Throws a Failure (`usage`). */
export function watchedPage(url: string, flags: WatchFlags, directory: string): WatchedPage {
  const name = flags.name ?? nameFrom(url);
  const problem = branchNameProblem(name);
  if (problem !== null) throw new Failure('usage', `the name cannot be that of a branch: ${problem}`, { name });
  const given = flags.step ?? [];
  const steps = parseStepArguments([`http=${url}`, ...given]);
  // without a filter the page itself is what is watched, and a digest its value
  const extract = steps.length > 1 ? steps : [...steps, { hash: 'sha256' }];
  const run = flags.run === undefined ? undefined : { tasks: { run: { script: [cd(directory), flags.run] } } };
  return { name, written: { message: flags.message ?? `New ${name}`, extract, run } };
}

/** As people would say it: host and path, less what is no part of a name. */
function nameFrom(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Failure('usage', 'write the address of a page: https://HOST/PATH', { url });
  const { hostname, pathname } = new URL(url);
  return `${hostname}${pathname}`
    .toLowerCase()
    .replace(/[^a-z0-9.]+|\.{2,}/g, '-')
    .replace(/-{2,}/g, '-')
    .slice(0, LONGEST_NAME)
    .replace(/[-.]*(?:\.lock)?[-.]*$/, '')
    .replace(/^[-.]+/, '');
}

/** Runs have a directory of their own; the command was written for the one that its author stood in. */
function cd(directory: string): string {
  return `cd ${shellWord(directory)}`;
}
