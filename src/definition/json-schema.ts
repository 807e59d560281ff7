// The JSON Schema of `resource.yaml`, for editors: generated from the schemas that the parser itself uses, so that both
// say the same. Draft 2020-12, of the written form.
import * as z from 'zod';
import type { StepVocabulary, Vocabulary } from './vocabulary.ts';
import { writtenResource } from './written-resource.ts';
import { word } from './written-values.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const KEEP = { description: 'Keeps what the step gave under this name.' };
const TAKE = { description: 'Takes its input from what an earlier step kept, instead of the step before.' };

/** The schema of a whole `resource.yaml`. What no schema can say (circles, schedules, expressions) only the parser says. */
export function resourceJsonSchema(vocabulary: Pick<Vocabulary, 'steps'>): JsonSchema {
  const { $schema, properties, ...rest } = toJsonSchema(writtenResource);
  const written = properties as Readonly<Record<string, JsonSchema>>;
  const steps = Object.entries(vocabulary.steps);
  const ofRole = (role: StepVocabulary['role']) =>
    steps.filter(([, step]) => step.role === role).map(([kind]) => ({ $ref: `#/$defs/${kind}` }));
  const { items: _anything, ...extract } = written.extract ?? {};
  return {
    $schema,
    ...rest,
    properties: {
      ...written,
      extract: { ...extract, prefixItems: [{ anyOf: ofRole('source') }], items: { anyOf: ofRole('filter') } },
    },
    $defs: Object.assign({}, ...steps.map(([kind, step]) => stepSchemas(kind, step))) as JsonSchema,
  };
}

/** The definitions of one step: its own under its kind, and those that it refers to under names of their own. */
function stepSchemas(kind: string, step: StepVocabulary): JsonSchema {
  const { $schema: _draft, $defs, properties, ...rest } = renameReferences(toJsonSchema(step.schema), kind);
  const { $schema: _same, ...name } = toJsonSchema(word);
  const schema = {
    title: kind,
    description: step.summary,
    ...rest,
    properties: {
      ...(properties as Readonly<Record<string, JsonSchema>>),
      as: { ...name, ...KEEP },
      ...(step.role === 'filter' ? { from: { ...name, ...TAKE } } : {}),
    },
  };
  const others = Object.entries(($defs ?? {}) as JsonSchema).map(([own, other]) => [`${kind}.${own}`, other]);
  return { [kind]: schema, ...Object.fromEntries(others) };
}

/** The schema with its references pointing to where stepSchemas puts what they mean. */
function renameReferences(schema: JsonSchema, kind: string): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', `#/$defs/${kind}.`) : value,
  ) as JsonSchema;
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' }) as JsonSchema;
}
