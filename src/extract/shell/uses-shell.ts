// Which definitions start a shell for every extraction: they are bounded apart from requests, and need bash.
import type { Definition } from '../../core/resource.ts';

/** `shell` is a source, so it can only be the first step. */
export function usesShell({ extraction }: Pick<Definition, 'extraction'>): boolean {
  return extraction.kind === 'classic' || (extraction.kind === 'steps' && extraction.steps[0]?.kind === 'shell');
}
