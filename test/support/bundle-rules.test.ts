import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { checkLazyImports, commonJsPackages } from './bundle-rules.ts';
import { describeRule } from './rule-samples.ts';

describeRule('checkLazyImports', {
  rule: (files) => checkLazyImports(files, (specifier) => specifier === 'yaml'),
  refuses: [
    { 'src/a.ts': `const yaml = await import('yaml');` },
    { 'src/a.ts': `const { parse } = await import('yaml');` },
    { 'src/a.ts': `const { default: yaml, parse } = await import('yaml');` },
    { 'src/a.ts': `const parse = (await import('yaml')).parse;` },
    { 'src/a.ts': `await import('yaml').then(({ parse }) => parse);` },
  ],
  admits: [
    { 'src/a.ts': `const { default: yaml } = await import('yaml');` },
    { 'src/a.ts': `const yaml = (await import('yaml')).default;` },
    { 'src/a.ts': `const { execa } = await import('execa'); const { b } = await import('./yaml.ts');` },
    { 'src/a.ts': `import { parse } from 'yaml';` },
  ],
});

it('tells CommonJS packages from modules', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  expect(commonJsPackages(['yaml', 'undici', 'execa', 'isomorphic-git'], root)).toEqual(
    new Set(['yaml', 'undici', 'isomorphic-git']),
  );
});
