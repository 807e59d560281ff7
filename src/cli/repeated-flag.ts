// Flags that may be given several times, in order.

/** For commander: adds what is written to what came before. */
export function repeated(written: string, before: readonly string[] = []): readonly string[] {
  return [...before, written];
}
