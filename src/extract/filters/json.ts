// Filter `json`: what a JSONPath names in a JSON document.
import * as z from 'zod';
import { matchJson } from '../evaluate/json.ts';
import { type JsonPath, parseJsonPath } from '../evaluate/json-path.ts';
import { expression } from '../expression.ts';
import { jsonOf } from '../json-text.ts';
import { PICK, pickMatch } from '../pick.ts';
import type { Content, StepContext, StepType } from '../step.ts';
import { textOf } from '../text-of.ts';

const schema = z.strictObject({
  json: expression(
    "JSONPath of the value, such as $.version or $.releases[?(@.channel == 'beta')].revision",
    parseJsonPath,
  ),
  pick: PICK,
  format: z
    .enum(['text', 'json'])
    .default('text')
    .describe('text: the match is a text, number or boolean; json: anything, as JSON on one line with sorted keys'),
});

type Options = z.infer<typeof schema>;

/** Longest document, in characters, in which more than a plain path is looked for on the main thread. */
const TEXT_LIMIT = 200_000;

const paths = new WeakMap<Options, JsonPath>();

export const json: StepType<Options> = {
  role: 'filter',
  summary: 'what a JSONPath names in a JSON document',
  schema,
  async run(options, input, context) {
    return pickMatch(await matchesOf(pathOf(options), options, input, context), options.pick);
  },
};

function pathOf(options: Options): JsonPath {
  const known = paths.get(options);
  if (known !== undefined) return known;
  const path = parseJsonPath(options.json);
  paths.set(options, path);
  return path;
}

function matchesOf(
  path: JsonPath,
  { json: expression, format }: Options,
  input: Content,
  { evaluate, signal }: StepContext,
): readonly string[] | Promise<readonly string[]> {
  const text = textOf(input);
  const isQuick = path.cost === 'plain' || (path.cost === 'linear' && text.length <= TEXT_LIMIT);
  if (!isQuick) return evaluate({ kind: 'json', expression, text, options: { format } }, signal);
  return matchJson(path, { text, data: jsonOf(input) }, format);
}
