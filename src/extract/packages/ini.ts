// Settings in the form that npm and pip have them: `key = value` below `[section]`, comments after `#` or `;`.

/** The value of a key, the last one where it is written twice; undefined where it is not there or empty. */
export type IniFile = (section: string, key: string) => string | undefined;

/** `delimiters`: what may stand between a key and its value. Keys before the first section are in section ''. */
export function parseIni(text: string, delimiters: '=' | '=:'): IniFile {
  const values = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const written = line.trim();
    const header = /^\[([^\]]*)\]/.exec(written);
    if (header !== null) section = header[1]?.trim() ?? '';
    const at = written.search(delimiters === '=' ? /=/ : /[=:]/);
    if (header !== null || at <= 0 || /^[#;]/.test(written)) continue;
    values.set(entry(section, written.slice(0, at).trim()), bare(written.slice(at + 1)));
  }
  return (asked, key) => values.get(entry(asked, key)) || undefined;
}

function entry(section: string, key: string): string {
  return `${section}\n${key}`;
}

/** Without quotes, and without a comment behind white space. */
function bare(value: string): string {
  return value
    .replace(/\s[#;].*$/, '')
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
}
