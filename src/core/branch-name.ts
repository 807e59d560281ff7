// Which names a resource, and so its branch, may have: git's check-ref-format, less what would look like an option.

/** In bytes of UTF-8: file systems take 255 for a file, of which refs and lock files need some. */
const LONGEST = 200;

/** Why a branch cannot have this name, in words for people; null where it can. */
export function branchNameProblem(name: string): string | null {
  if (name === '') return 'the name is empty';
  if (new TextEncoder().encode(name).length > LONGEST) return `the name is longer than ${LONGEST} bytes`;
  if (name === '@' || name === 'HEAD' || name.startsWith('refs/')) return 'the name has a meaning of its own in git';
  if (name.startsWith('-')) return 'the name begins with a dash';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return 'the name holds a control character';
  if (/\s/u.test(name)) return 'the name holds a space';
  const forbidden = /[~^:?*[\\]/.exec(name)?.[0];
  if (forbidden !== undefined) return `the name holds ${forbidden}`;
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(name))
    return 'the name is not valid Unicode';
  if (name.includes('..')) return 'the name holds ..';
  if (name.includes('@{')) return 'the name holds @{';
  if (name.startsWith('/') || name.endsWith('/') || name.includes('//')) return 'a part of the name is empty';
  if (name.endsWith('.')) return 'the name ends in a dot';
  for (const part of name.split('/')) {
    if (part.startsWith('.')) return 'a part of the name begins with a dot';
    if (part.endsWith('.lock')) return 'a part of the name ends in .lock';
  }
  return null;
}
