// Writes the agent's configuration as YAML, for programs that set it on somebody's behalf.

/** The text of a configuration with a comment above it; what is parsed from it is what was given. */
export async function writeAgentFile(written: Readonly<Record<string, unknown>>, comment: string): Promise<string> {
  const { default: yaml } = await import('yaml');
  const document = new yaml.Document(written, { aliasDuplicateObjects: false });
  return `# ${comment}\n${document.toString({ lineWidth: 0 })}`;
}
