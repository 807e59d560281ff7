// The part that every command's help ends with.

/** Examples for `--help`, each less the program's name. */
export function examples(commands: readonly string[]): string {
  return `\nExamples:\n${commands.map((command) => `  spread-cron ${command}`).join('\n')}\n`;
}
