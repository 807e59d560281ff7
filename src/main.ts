#!/usr/bin/env node
// Arguments in, exit status out. Nothing heavy is loaded before it is known what is wanted, and nothing newer is said
// than what an old Node can read, so that it can be told to be too old.

/** Put in by the build. */
declare const SPREAD_CRON_VERSION: string;

/** Major and minor of the oldest Node that runs the program. */
const OLDEST = [20, 19];

main();

function main() {
  // a reader that went away (`… | head`) is no error: what is still written goes nowhere
  process.stdout.on('error', ignoreBrokenPipe);
  const words = process.argv.slice(2);
  const found = process.versions.node.split('.').map(Number);
  if (Number(found[0]) < 20 || (found[0] === OLDEST[0] && Number(found[1]) < Number(OLDEST[1]))) {
    process.stderr.write(`error: spread-cron needs Node ${OLDEST.join('.')} or newer, this is ${process.version}\n`);
    process.exit(2);
  }
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
    process.stdout.write(`${SPREAD_CRON_VERSION}\n`);
    return;
  }
  void run(words);
}

async function run(words: readonly string[]): Promise<void> {
  process.stderr.on('error', ignoreBrokenPipe);
  const surroundings = {
    arguments: words,
    version: SPREAD_CRON_VERSION,
    pid: process.pid,
    node: process.execPath,
    program: String(process.argv[1]),
    directory: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    exit: (status: number) => process.exit(status),
  };
  const { openProgram } = await import('./cli/program.ts');
  const program = openProgram(surroundings);
  const report = (error: unknown) => end(program.report(error));
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
  await program.run().then(end, report);
}

/** Ends the process once everything is written. */
function end(status: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
}

function ignoreBrokenPipe(error: Error): void {
  const code = 'code' in error ? error.code : '';
  if (code !== 'EPIPE' && code !== 'EIO') throw error;
}
