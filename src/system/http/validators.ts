// What a server needs to be told so that it can confirm an earlier answer (304) instead of sending it again.

/** A change within this time of the last one may leave Last-Modified as it was (RFC 9110 8.8.2.2). */
const UNSETTLED = 60_000;

/** Request headers made of an answer's: an ETag, else a Last-Modified that had settled when it was sent; null where the
 * server cannot confirm it. Names of `headers` in lower case. */
export function validatorsOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  const { etag, 'last-modified': modified, date } = headers;
  if (etag !== undefined) return { 'if-none-match': etag };
  if (modified === undefined || date === undefined) return null;
  return Date.parse(date) - Date.parse(modified) >= UNSETTLED ? { 'if-modified-since': modified } : null;
}
