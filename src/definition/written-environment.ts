// What the parts of a written `run` share: environment variables, paths below the definition, shell lines.
import * as z from 'zod';
import { isRefusedVariable, REFUSED_VARIABLES } from '../core/variable-name.ts';
import { oneOrMany, variableName } from './written-values.ts';

const VALUE = '${value}';

/** A path below the definition's directory. */
export const relativePath = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.startsWith('-') && !path.split('/').includes('..') && !path.includes('\0'),
    'not a path below the definition: relative, without .. and not starting with -',
  );

/** Variables of a run or of a task. */
export const environment = z
  .record(
    variableName.refine(
      (name) => !isRefusedVariable(name),
      `a variable that a definition may not set: ${REFUSED_VARIABLES} are refused`,
    ),
    z
      .string()
      .refine((value) => !value.includes(VALUE), 'the value is not expanded here: scripts read it from SC_VALUE')
      .refine((value) => !value.includes('\0'), 'a variable cannot hold a NUL character'),
  )
  .meta({ description: 'Environment variables; secrets as ${secret:NAME}. Values are text: put numbers in quotes.' });

export const script = oneOrMany(
  'Shell lines, run one after the other until one fails.',
  z
    .string()
    .min(1)
    .refine((line) => !line.includes('\0'), 'a shell line cannot hold a NUL character'),
);
