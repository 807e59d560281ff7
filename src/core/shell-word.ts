// Words of a command line as people write them: quoted only where a shell would read them otherwise.

/** A text as one word of any POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
