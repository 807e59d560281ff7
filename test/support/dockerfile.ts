// Reads a Dockerfile as far as ours goes: stages with their instructions, words or a line of shell each. What it does not
// know is an error.

export interface Instruction {
  readonly name: string;
  /** `--from=build` is `from: 'build'`. */
  readonly flags: Readonly<Record<string, string>>;
  /** The line of shell as it stands; of other instructions their words. */
  readonly text: string;
  readonly words: readonly string[];
}

export interface Stage {
  readonly base: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

const KNOWN = 'FROM COPY RUN WORKDIR ENV VOLUME USER ENTRYPOINT CMD HEALTHCHECK'.split(' ');

export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { base: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const instruction = parseInstruction(line);
    const [base = '', , name = null] = instruction.words;
    if (instruction.name === 'FROM') stages.push({ base, name, instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

function parseInstruction(line: string): Instruction {
  const [, name = '', given = '', text = ''] = /^([A-Z]+)((?: --[a-z-]+=\S+)*) (.*)$/.exec(line) ?? [];
  if (!KNOWN.includes(name)) throw new Error(`not known here: ${line}`);
  const flags = Object.fromEntries([...given.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, flag, value]) => [flag, value]));
  const listed = /\[.*\]$/.exec(text)?.[0];
  const words = listed === undefined ? text.trim().split(/ +/) : (JSON.parse(listed) as string[]);
  return { name, flags, text, words };
}

/** What an image says of how it is started, from its last stage. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly user: string;
  readonly directory: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

export function imageConfig({ instructions }: Stage): ImageConfig {
  const last = (name: string) => instructions.findLast((one) => one.name === name)?.words ?? [];
  const all = (name: string) => instructions.filter((one) => one.name === name).flatMap(({ words }) => words);
  return {
    env: Object.fromEntries(all('ENV').map((word) => word.split('=') as [string, string])),
    volumes: all('VOLUME'),
    user: last('USER')[0] ?? '0',
    directory: last('WORKDIR')[0] ?? '/',
    entrypoint: last('ENTRYPOINT'),
    command: last('CMD'),
    healthcheck: last('HEALTHCHECK'),
  };
}
