import {
  checkBarrels,
  checkDefaultExports,
  checkDoors,
  checkEval,
  checkExit,
  checkLength,
  checkNames,
  checkOpening,
  checkSilentCatches,
  checkTestHabits,
} from './code-rules.ts';
import { describeRule } from './rule-samples.ts';

describeRule('checkDoors', {
  rule: (files) => checkDoors(files, { 'src/main.ts': ['process'] }),
  refuses: [
    { 'src/core/a.ts': 'export const now = () => Date.now();' },
    { 'src/core/a.ts': 'export const now = () => new Date().getTime();' },
    { 'src/core/a.ts': 'export const text = Date();' },
    { 'src/core/a.ts': 'export const clock = { now: Date.now };' },
    { 'src/cli/a.ts': `console.log('hello');` },
    { 'src/cli/a.ts': 'export const env = process.env;' },
    { 'src/cli/a.ts': `export const env = globalThis['process'].env;` },
    { 'src/cli/a.ts': 'export const doors = { process };' },
    { 'src/cli/a.ts': 'export const start = (doors = process) => doors;' },
    { 'src/agent/a.ts': 'setTimeout(() => {}, 5);' },
    { 'src/git/a.ts': 'const signal = AbortSignal.timeout(5);' },
    { 'src/git/a.ts': 'type F = (process: string) => void; export const env = process.env;' },
    { 'src/extract/a.ts': `export const page = await fetch('x');` },
    { 'src/state/a.ts': 'export const started = performance.now();' },
    { 'src/main.ts': 'console.log(process.argv);' },
  ],
  admits: [
    { 'src/core/a.ts': 'export const at = (ms: number) => new Date(ms).toISOString();' },
    { 'src/git/a.ts': 'export const f = (process: { run(): void }) => process.run();' },
    { 'src/git/a.ts': 'export const f = (doors: Doors) => doors.process.run({ console: 1 });' },
    { 'src/git/a.ts': 'export interface A { readonly process: string; fetch(): void }' },
    { 'src/git/a.ts': 'export const f = ({ process: processes }: A) => processes;' },
    { 'src/system/a.ts': 'console.log(Date.now());' },
    { 'src/main.ts': 'export const { argv } = process;' },
  ],
});

describeRule('checkExit', {
  rule: checkExit,
  refuses: [{ 'src/system/a.ts': 'process.exit(1);' }],
  admits: [{ 'src/main.ts': 'process.exit(1);' }, { 'src/system/a.ts': 'process.exitCode = 1; child.exit();' }],
});

describeRule('checkEval', {
  rule: checkEval,
  refuses: [
    { 'src/extract/a.ts': `export const a = eval('1');` },
    { 'src/extract/a.ts': `export const a = new Function('return 1');` },
  ],
  admits: [{ 'src/extract/a.ts': 'export const a = { eval: false }; export type F = Function;' }],
});

describeRule('checkDefaultExports', {
  rule: checkDefaultExports,
  refuses: [
    { 'src/git/a.ts': 'export default 1;' },
    { 'src/git/a.ts': 'export default function a() {}' },
    { 'src/git/a.ts': 'const a = 1; export { a as default };' },
  ],
  admits: [{ 'src/git/a.ts': `import git from 'isomorphic-git'; export const a = git;` }],
});

describeRule('checkBarrels', {
  rule: checkBarrels,
  refuses: [
    { 'src/git/a.ts': `export * from './b.ts';` },
    { 'src/git/a.ts': `import { b } from './b.ts';\nexport { b };\nexport type { C } from './c.ts';` },
  ],
  admits: [
    { 'src/git/a.ts': `export type { C } from './c.ts';\nexport const a = 1;` },
    { 'src/git/a.ts': `import './b.ts';` },
  ],
});

describeRule('checkSilentCatches', {
  rule: checkSilentCatches,
  refuses: [
    { 'src/git/a.ts': 'try { a(); } catch {}' },
    { 'src/git/a.ts': 'try { a(); } catch (error) {\n}' },
    { 'src/git/a.ts': 'await a().catch(() => {});' },
  ],
  admits: [
    { 'src/git/a.ts': 'try { a(); } catch {\n  // gone already, which is what was asked for\n}' },
    { 'src/git/a.ts': 'await a().catch((error) => report(error));' },
  ],
});

describeRule('checkNames', {
  rule: checkNames,
  refuses: [
    { 'src/utils/a.ts': '' },
    { 'src/git/helpers.ts': '' },
    { 'src/git/types.ts': '' },
    { 'src/git/index.ts': '' },
    { 'test/common/a.test.ts': '' },
    { 'test/git/misc.test.ts': '' },
  ],
  admits: [{ 'src/git/objects.ts': '' }, { 'src/core/change-commit.ts': '' }],
});

describeRule('checkLength', {
  rule: (files) => checkLength(files, 3, { 'src/git/table.ts': 5 }),
  refuses: [{ 'src/git/a.ts': '1\n2\n3\n4\n' }, { 'src/git/table.ts': '1\n2\n3\n4\n5\n6\n' }],
  admits: [{ 'src/git/a.ts': '1\n2\n3\n' }, { 'src/git/table.ts': '1\n2\n3\n4\n5\n' }],
});

describeRule('checkOpening', {
  rule: checkOpening,
  refuses: [
    { 'src/git/a.ts': `import { b } from './b.ts';\n// Later.` },
    { 'src/git/a.ts': '//\nexport const a = 1;' },
    { 'src/git/a.ts': '' },
  ],
  admits: [
    { 'src/main.ts': '#!/usr/bin/env node\n// Arguments in, exit status out.' },
    { 'src/git/a.ts': '/**\n * Reads refs.\n */' },
  ],
});

describeRule('checkTestHabits', {
  rule: checkTestHabits,
  refuses: [
    { 'test/a.test.ts': `vi.mock('node:fs');` },
    { 'test/a.test.ts': `vi.doMock('../src/git/a.ts', () => ({}));` },
    { 'test/a.test.ts': `it.only('works', () => {});` },
    { 'test/a.test.ts': `describe.only('works', () => {});` },
  ],
  admits: [{ 'test/a.test.ts': `it.each([1])('works', () => {}); vi.fn();` }],
});
