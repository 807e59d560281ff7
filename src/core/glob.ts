// Globs over resource names: `*` within a path segment, `**` across segments, `?` one character, `{a,b}` alternatives.

/** A predicate for names. A pattern without special characters matches only itself. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const regex = new RegExp(`^${translate(pattern)}$`, 'u');
  return (name) => regex.test(name);
}

/** True where the text holds a character that globMatcher gives a meaning to. */
export function isGlob(text: string): boolean {
  return /[*?{]/.test(text);
}

function translate(pattern: string): string {
  return pattern.replace(/\*\*|[*?]|\{[^{}]*\}|[\\^$.|+()[\]{}]/gu, (token) => {
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1) return `(?:${token.slice(1, -1).split(',').map(translate).join('|')})`;
    return `\\${token}`;
  });
}
