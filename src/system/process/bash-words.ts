// Texts as words of bash, for programs that are written for it: whatever the text holds, it stays one word.

/** A text as one word of bash, in ASCII alone, on one line. The text holds no NUL: bash cannot. */
export function quote(text: string): string {
  if (/^[\w./:@%+,=-]+$/.test(text)) return text;
  let quoted = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    if (character === "'" || character === '\\') quoted += `\\${character}`;
    else if (byte >= 0x20 && byte < 0x7f) quoted += character;
    else quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `$'${quoted}'`;
}

/** A text in front of which stands its length, in eight digits, so that bash can read it whole. */
export function framed(text: string): string {
  return `${String(text.length).padStart(8, '0')}${text}`;
}

/** True for the name of a variable of a shell; the environment may hold others. */
export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
