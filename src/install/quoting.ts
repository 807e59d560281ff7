// Words as the files that start programs take them: a shell's line, cron's line, a unit of systemd. The words hold no
// control characters: installation.ts refuses those.

/** A shell's line as cron takes it: a bare percent sign would be a line break there. */
export function cronCommand(words: readonly string[]): string {
  return words.join(' ').replaceAll('%', '\\%');
}

/** A text as one word of `ExecStart=` (systemd.service(5)): quoted where needed, specifiers and variables disarmed. */
export function execWord(text: string): string {
  return unitWord(text).replaceAll('$', '$$$$');
}

/** A text as one word of other lists of a unit (systemd.syntax(7)), such as `Environment=`. */
export function unitWord(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%');
  return /^[\w./:@%+,=-]+$/.test(text) ? escaped : `"${escaped}"`;
}

/** A text as the value of a setting that takes it whole, such as `Description=`. */
export function unitText(text: string): string {
  return text.replaceAll('%', '%%');
}
