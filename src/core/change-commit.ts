// The body of the commits that the program writes: trailers that a reader may ignore, and the sign that CI should skip.
import { hasSkipDirective } from './subject.ts';

/** Written at the end of book-keeping commits (definitions, baselines), never on an ordinary change. */
const SKIP_CI = '[skip ci]';

/** What a change commit says besides its subject. History without trailers is equally valid. */
export interface Trailers {
  /** Oid of the previous change commit, never a value. */
  readonly previous?: string | undefined;
  /** When the value was seen, RFC 3339 UTC. */
  readonly observed?: string | undefined;
  /** Fingerprint of the extract steps that gave the value. */
  readonly extractor?: string | undefined;
  /** Id of the agent that saw it. */
  readonly agent?: string | undefined;
}

/** A commit message: subject, an optional text and `[skip ci]` in the body, then the trailers. */
export function formatCommitMessage(parts: {
  readonly subject: string;
  readonly text?: string | undefined;
  readonly skipCi?: boolean | undefined;
  readonly trailers?: Trailers | undefined;
}): string {
  const trailers = Object.entries(parts.trailers ?? {})
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key[0]?.toUpperCase()}${key.slice(1)}: ${value}`)
    .join('\n');
  const paragraphs = [parts.subject, parts.text?.trimEnd() ?? '', parts.skipCi === true ? SKIP_CI : '', trailers];
  return `${paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')}\n`;
}

/** The trailers in the last paragraph of a commit message; unknown ones are passed over. */
export function parseTrailers(commitMessage: string): Trailers {
  const paragraphs = commitMessage.trimEnd().split(/\n{2,}/);
  if (paragraphs.length < 2) return {};
  const trailers: Record<string, string> = {};
  for (const line of paragraphs.at(-1)?.split('\n') ?? []) {
    const match = /^(Previous|Observed|Extractor|Agent): (\S.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) trailers[match[1].toLowerCase()] = match[2].trimEnd();
  }
  return trailers;
}

/** True for a commit that is history (its value counts) but never due: no run, chain or dispatch follows from it. */
export function isSkipped(commitMessage: string): boolean {
  return hasSkipDirective(commitMessage);
}
