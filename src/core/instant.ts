// Instants as they are written everywhere: RFC 3339 in UTC.

/** `2026-11-21T18:05:00.000Z` for milliseconds since the epoch. */
export function formatInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
