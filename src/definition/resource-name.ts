// Which texts can name a resource: what git takes for a branch, less what looks like an option or another ref.

/** Longest name in bytes of UTF-8; file systems take 255 for a file, of which refs and lock files need some. */
const LONGEST = 200;

/** What is wrong with the name of a resource (lower case, no full stop), or null. Source: git-check-ref-format(1). */
export function checkResourceName(name: string): string | null {
  if (name === '') return 'the name is empty';
  if (/\s/u.test(name)) return 'the name holds a blank: use - instead';
  if (name.startsWith('-')) return 'the name starts with - like an option';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f~^:?*[\\]/.test(name)) return 'the name holds a character that git refuses: ~ ^ : ? * [ \\';
  if (name.includes('..') || name.includes('@{') || name === '@') return 'the name holds .. or @{, which git refuses';
  if (name.split('/').some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock')))
    return 'a part of the name is empty, starts with a dot or ends in .lock';
  if (name.endsWith('.')) return 'the name ends in a dot';
  if (name === 'HEAD' || name.startsWith('refs/')) return 'the name means something else to git';
  if (Buffer.byteLength(name) > LONGEST) return `the name is longer than ${LONGEST} bytes`;
  return null;
}
