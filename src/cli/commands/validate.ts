// `validate`: whether definitions can be used. Runs nothing of what they hold.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Failure } from '../../core/failure.ts';
import { nameOfFile } from '../../pipeline/show/definition-file.ts';
import { isFileTarget } from '../../pipeline/show/file-target.ts';
import type { Validated } from '../../pipeline/show/show.ts';
import { type ExitStatus, exitStatus, failedWith, together } from '../exit-status.ts';
import { failureLines } from '../failure-lines.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import type { AppTools } from '../tools.ts';

export function addValidate(program: Command, runtime: Runtime): void {
  program
    .command('validate')
    .summary('whether definitions can be used, of the repository or in files')
    .description(
      'Reads definitions and says everything that is wrong with them: all of the repository, the named ones, or files on\n' +
        'disk. Runs nothing of what they hold. Exit status 2 where one cannot be used.',
    )
    .argument('[NAME|FILE...]', 'names or globs of resources, paths of definition files')
    .addHelpText('after', examples(['validate', 'validate core-beta', 'validate branches/core-beta/resource.yaml']))
    .action(async (targets: string[]) => {
      const files = await Promise.all(targets.map((target) => isFileTarget(target, runtime.directory)));
      const repository = files.length > 0 && files.every((isFile) => isFile) ? 'optional' : 'required';
      return runtime.withApp((tools) => runValidate(targets, runtime.directory, tools), { repository });
    });
}

export async function runValidate(
  targets: readonly string[],
  directory: string,
  { app, output, signal }: AppTools,
): Promise<ExitStatus> {
  const names: string[] = [];
  const found: Validated[] = [];
  for (const target of targets) {
    if (!(await isFileTarget(target, directory))) {
      names.push(target);
      continue;
    }
    const resource = nameOfFile(target);
    const read = await app.readDefinitionFile(resolve(directory, target), resource);
    found.push({ resource, file: target, failure: read instanceof Failure ? read : null });
  }
  if (names.length > 0 || targets.length === 0) found.push(...(await app.validate(names, signal)));
  for (const one of found) {
    output.object(validatedObject(one));
    const { failure, resource, file } = one;
    const place = file === null || file === resource ? '' : `   ${file}`;
    if (failure === null) {
      output.print([{ text: 'ok     ', style: 'green' }, '   ', { text: resource, style: 'bold' }, place]);
      continue;
    }
    output.print([{ text: 'broken ', style: 'red' }, '   ', { text: resource, style: 'bold' }, place]);
    for (const line of failureLines(failure)) output.print(`          ${line}`);
  }
  const broken = found.filter(({ failure }) => failure !== null).length;
  output.say(found.length === 0 ? 'there is no definition' : `${found.length - broken} ok, ${broken} broken`);
  return exitStatus(together(found.map(({ failure }) => (failure === null ? {} : failedWith(2)))));
}

/** The objects of `validate --json`. */
function validatedObject({ resource, file, failure }: Validated): object {
  const error = failure && { reason: failure.reason, message: failureLines(failure).join('; ') };
  return { resource, file, valid: failure === null, error };
}
