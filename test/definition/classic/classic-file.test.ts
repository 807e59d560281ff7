// Classic shell definitions: message and manual are read without running anything, exactly as bash would set them.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClassicFile } from '../../../src/definition/classic/classic-file.ts';
import { readShellVariables } from '../../../src/definition/classic/shell-assignments.ts';
import { describeProblem } from '../../../src/definition/problem.ts';

const parse = (text: string | Uint8Array) =>
  parseClassicFile({ name: 'options', file: 'options', bytes: typeof text === 'string' ? Buffer.from(text) : text });

function read(text: string) {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.problems.map(describeProblem).join('\n'));
  return { ...parsed.value, message: parsed.value.layer.data.message };
}

function problems(text: string | Uint8Array): string[] {
  const parsed = parse(text);
  return parsed.ok ? [] : parsed.problems.map(describeProblem);
}

/** What bash makes of a variable, for comparison. */
function bash(script: string, variable: string): string {
  return execFileSync('bash', ['-c', `${script}\nprintf %s "$${variable}"`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH ?? '' },
  });
}

const EXTRACTOR = 'pattern_extractor="echo 1"\n';

describe('a file of the usual shape', () => {
  it('gives message, manual and the extractor as written', () => {
    const text = `# watches the beta channel
pattern_extractor="curl -s -H 'Snap-Device-Series: 16' https://api.example.com/core22 | jq -r '.revision' | head -n1"
message="New core22 snap in beta"
`;
    expect(read(text)).toMatchObject({
      message: 'New core22 snap in beta',
      manual: false,
      extraction: { kind: 'classic', file: 'options', text },
    });
  });

  it('may hold an extractor of several lines with commands inside double quotes', () => {
    const text = `pattern_extractor="
  if [ \\"$(date +%H)\\" -ge 02 ]; then
    date -d \\"$(curl -s https://example.com/at | sed -e 's/\\"//g')\\" +%Y%m%d
  fi
"
message='Nightly run'
manual="true"
`;
    expect(read(text)).toMatchObject({ message: 'Nightly run', manual: true });
  });

  it('may hold quotes inside single quotes, and here-documents that look like assignments', () => {
    const text = `pattern_extractor='echo '\\''a b'\\'' | cut -d" " -f1'
cat > /dev/null <<EOF
message="not this one"
EOF
cat <<-'END' > /dev/null
	message='nor this'
	END
export message="It's \\"here\\" (s390x) "
`;
    expect(read(text).message).toBe('It\'s "here" (s390x) ');
  });

  it('counts the last assignment, and manual before everything else', () => {
    expect(read(`${EXTRACTOR}message=first\nmessage='second one'\n`).message).toBe('second one');
    expect(read('manual="true"\n')).toMatchObject({ manual: true, message: '' });
    expect(read(`${EXTRACTOR}message=a\nmanual="false"\n`).manual).toBe(false);
  });
});

describe('the message', () => {
  it.each([
    ['a bare word', 'message=word'],
    ['concatenated quotes', `message=New' snap "in" '"beta \\$1"\\ now`],
    ['an escaped newline', 'message="New \\\nsnap"'],
    ['backslashes that mean nothing', String.raw`message="a\b \\ c\`d"`],
    ['a lone dollar', 'message="5 $ or $"'],
    ['several on one line', 'x=1 message=y; z=2'],
    ['a semicolon and a comment', 'message=x; # message=y'],
    ['a hash inside a word', 'message=a#b'],
    ['a declaration', 'declare -x message="x y"'],
    ['a read-only one', "readonly message='x y'"],
    ['a function before', 'f() { echo "$1)"; }\nmessage=x'],
    ['a case before', 'case $HOME in /root|/x) y=1;; (*) z=")";; esac\nmessage=x'],
    ['arithmetic before', 'n=$((1 << 2)); message=x'],
    ['a subshell before', '( cd / && message=no )\nmessage=x'],
    ['a test before', '[[ $HOME == /r* && -n $PATH ]] || true\nmessage=x'],
    ['a loop before', 'for i in 1 2; do message=no; done\nmessage=x'],
    ['an array before', 'list=(a "b)" c)\nmessage=x'],
    ['a redirection after', 'message=x 2>/dev/null'],
    ['trailing blanks kept', 'message="s390x arch "'],
    ['text outside ASCII', 'message="größe → β"'],
  ])('as %s is what bash makes of it', (_, line) => {
    expect(read(`${EXTRACTOR}${line}\n`).message).toBe(bash(line, 'message'));
  });

  it('as any text in single or double quotes is what was meant', () => {
    const single = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
    const double = (text: string) => `"${text.replace(/[$`"\\]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(single, double), (text, quote) => {
        const { assignments } = readShellVariables(`a=(x y)\nmessage=${quote(text)}\nother=1`);
        expect(assignments.get('message')?.value).toBe(text);
        expect(assignments.get('other')?.value).toBe('1');
      }),
    );
  });

  it.each([
    ['a substitution', 'message="$(date)"'],
    ['a backquote', 'message=`date`'],
    ['a variable', 'message="New $NAME"'],
    ['a home', 'message=~/x'],
    ['an appended text', 'message=a\nmessage+=b'],
    ['a condition', 'message=a\nif true; then message=b; fi'],
    ['a shorter condition', '[ -n "$X" ] && message=b'],
    ['a case', 'case x in x) message=b;; esac'],
    ['a function', 'f() { message=b; }'],
    ['a pipeline', 'message=b | cat'],
    ['a file that is read later', 'message=a\n. ./other'],
    ['an evaluated text later', 'message=a\neval "message=b"'],
    ['a removal later', 'message=a\nunset message'],
    ['a printed value', 'message=a\nprintf -v message %s b'],
    ['an ANSI text', "message=$'a\\tb'"],
  ])('that takes running, by %s, is a problem that says so', (_, line) => {
    expect(problems(`${EXTRACTOR}${line}\n`)).toEqual([
      expect.stringMatching(/^options:\d+:\d+: message: only running the file would tell the value/),
    ]);
  });

  it('before a command counts for that command only', () => {
    expect(problems(`${EXTRACTOR}message=x env\n`)).toEqual([
      'options: message: a variable is missing: expected message="…"',
    ]);
  });
});

describe('a file that cannot be used', () => {
  it('is told with its place', () => {
    expect(problems('')).toEqual(['options: the file is empty']);
    expect(problems('message=a\n')).toEqual([
      'options: pattern_extractor: a variable is missing: expected a shell line',
    ]);
    expect(problems('message="a\nb=1\n')).toEqual(['options:1:9: not a shell file: got a double quote is not closed']);
    expect(problems(`x=1\nmessage='a\n`)).toEqual(['options:2:9: not a shell file: got a single quote is not closed']);
    expect(problems('x="$(date"\n')).toEqual([expect.stringMatching(/is not closed$/)]);
    expect(problems('x=1\ny=$(date\n')).toEqual(['options:2:4: not a shell file: got a parenthesis is not closed']);
    expect(problems('x=${date\n')).toEqual(['options:1:3: not a shell file: got an expansion is not closed']);
    expect(problems('x=`date\n')).toEqual(['options:1:3: not a shell file: got a backquote is not closed']);
    expect(problems(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]))).toEqual([
      'options: the file is binary: expected text in UTF-8',
    ]);
    expect(problems(Buffer.from([0x6d, 0xff, 0xfe]))).toEqual([
      'options: the file is not valid UTF-8: expected text in UTF-8',
    ]);
    expect(problems(Buffer.alloc(10_000_000, 'a'))).toEqual([
      'options: the file is too large: expected at most 1000000 bytes, got 10000000 bytes',
    ]);
    expect(problems('$('.repeat(400_000))).toHaveLength(1);
  });

  it('with manual decided at run time is not taken for polled', () => {
    expect(problems(`${EXTRACTOR}message=a\nmanual=$(cat manual)\n`)).toEqual([
      expect.stringContaining('manual: only running the file would tell the value'),
    ]);
  });
});

describe('the fingerprint', () => {
  const print = (text: string) => read(text).fingerprint;

  it('is that of the extractor as written, so that a message or a comment changes nothing', () => {
    expect(print(`${EXTRACTOR}message=a\n`)).toBe(print(`# more\n${EXTRACTOR}message=b\n`));
    expect(print(`${EXTRACTOR}message=a\n`)).not.toBe(print('pattern_extractor="echo 2"\nmessage=a\n'));
  });

  it('is that of the whole file where the extractor is put together from several assignments', () => {
    const several = 'pattern_extractor="echo 1"\npattern_extractor="$pattern_extractor | cat"\nmessage=a\n';
    expect(print(several)).not.toBe(print(several.replace('message=a', 'message=b')));
  });
});

describe('reading a hostile file', () => {
  it('runs nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'classic-'));
    try {
      const touch = `touch ${join(directory, 'ran')}`;
      const text = `$(${touch})\n\`${touch}\`\nx=$(${touch})\n${touch}\n${EXTRACTOR}message=a\n`;
      expect(read(text).message).toBe('a');
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each([
    ['substitutions', '$(('],
    ['homes', '~'],
    ['words', `${'a'.repeat(1000)}~`],
    ['here-documents', 'cat <<E '],
    ['quotes', `"'"`],
    ['cases', 'case x in a) '],
    ['functions', 'f() { '],
  ])('of endless %s ends', (_, part) => {
    const text = part.repeat(Math.floor(900_000 / part.length));
    const parsed = parse(text);
    expect(parsed.ok).toBe(false);
  });
});
