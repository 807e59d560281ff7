import { checkBuiltins, checkCycles, checkPackageHomes, checkRanks, checkSpecifiers } from './import-rules.ts';
import { describeRule } from './rule-samples.ts';

const RANKS = { core: 0, system: 2, git: 3, definition: 3, extract: 4, 'app.ts': 7, cli: 8, 'main.ts': 9 };

describeRule('checkRanks', {
  rule: (files) => checkRanks(files, RANKS),
  refuses: [
    { 'src/core/a.ts': `import { b } from '../system/b.ts';` },
    { 'src/git/a.ts': `import type { B } from '../definition/b.ts';` },
    { 'src/git/a.ts': `const { b } = await import('../extract/b.ts');` },
    { 'src/app.ts': `export { b } from './cli/program.ts';` },
    { 'src/git/a.ts': `let b: import('../extract/b.ts').B;` },
    { 'src/git/a.ts': `import { b } from '../elsewhere/b.ts';` },
    { 'src/elsewhere/a.ts': 'export const a = 1;' },
    { 'src/loose.ts': 'export const a = 1;' },
    { 'src/cli/a.ts': `import '../../test/support/b.ts';` },
  ],
  admits: [
    { 'src/extract/sources/a.ts': `import { b } from '../filters/b.ts'; import { c } from '../../git/c.ts';` },
    { 'src/main.ts': `import { run } from './cli/program.ts'; import { app } from './app.ts'; import 'undici';` },
  ],
});

describeRule('checkSpecifiers', {
  rule: checkSpecifiers,
  refuses: [
    { 'src/git/a.ts': `import { b } from './missing.ts';` },
    { 'src/git/a.ts': `import { b } from './b';`, 'src/git/b.ts': 'export const b = 1;' },
    { 'src/git/a.ts': `import { join } from 'path';` },
    { 'src/git/a.ts': 'const b = await import(name);' },
  ],
  admits: [
    { 'src/git/a.ts': `import { b } from './b.ts'; import 'node:path';`, 'src/git/b.ts': 'export const b = 1;' },
  ],
});

describeRule('checkCycles', {
  rule: checkCycles,
  refuses: [
    { 'src/git/a.ts': `import { b } from './b.ts';`, 'src/git/b.ts': `import type { A } from './a.ts';` },
    { 'src/git/a.ts': `import { a } from './a.ts';` },
    { 'src/a/a.ts': `import '../b/b.ts';`, 'src/b/b.ts': `import '../c/c.ts';`, 'src/c/c.ts': `import '../b/b.ts';` },
  ],
  admits: [
    {
      'src/a/a.ts': `import '../b/b.ts'; import '../c/c.ts';`,
      'src/b/b.ts': `import '../c/c.ts';`,
      'src/c/c.ts': 'export const c = 1;',
    },
  ],
});

describeRule('checkPackageHomes', {
  rule: (files) => checkPackageHomes(files, { undici: ['system'], '@clack/prompts': ['cli'], zod: ['system', 'git'] }),
  refuses: [
    { 'src/git/a.ts': `import { request } from 'undici';` },
    { 'src/core/a.ts': `import type { z } from 'zod';` },
    { 'src/core/a.ts': `import { z } from 'zod/v4';` },
    { 'src/git/a.ts': `const { load } = await import('left-pad');` },
    { 'src/system/a.ts': `import { intro } from '@clack/prompts';` },
  ],
  admits: [
    { 'src/git/a.ts': `import type { z } from 'zod/v4'; import { b } from './b.ts'; import 'node:path';` },
    { 'src/cli/a.ts': `import { intro } from '@clack/prompts';` },
  ],
});

describeRule('checkBuiltins', {
  rule: (files) => checkBuiltins(files, ['crypto'], { 'src/cli/terminal.ts': ['tty'] }),
  refuses: [
    { 'src/core/a.ts': `import { createHash } from 'node:crypto';` },
    { 'src/git/a.ts': `import { readFile } from 'node:fs/promises';` },
    { 'src/cli/a.ts': `import fs from 'fs';` },
    { 'src/extract/a.ts': `const { spawn } = await import('node:child_process');` },
    { 'src/cli/terminal.ts': `import { createServer } from 'node:net';` },
  ],
  admits: [
    { 'src/git/a.ts': `import { createHash } from 'node:crypto';` },
    { 'src/system/a.ts': `import { readFile } from 'node:fs/promises';` },
    { 'src/cli/terminal.ts': `import { isatty } from 'node:tty';` },
  ],
});
