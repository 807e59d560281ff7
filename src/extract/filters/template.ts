// Filter `template`: composes a text from what came in and what earlier steps kept.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { nearestWord } from '../../core/nearest.ts';
import { expression } from '../expression.ts';
import type { StepType } from '../step.ts';
import { INPUT_NAME, parseTemplate, templateNames } from '../template.ts';
import { textContent, textOf } from '../text-of.ts';

const schema = z.strictObject({
  template: expression(
    'Text with placeholders: ${value} is what comes in, ${NAME} what a step kept with as: NAME, $$ a dollar sign',
    parseTemplate,
  ),
});

type Options = z.infer<typeof schema>;

export const template: StepType<Options> = {
  role: 'filter',
  summary: 'composes a text from kept outputs',
  schema,
  uses: ({ template: source }) => templateNames(parseTemplate(source)),
  async run({ template: source }, input, { kept }) {
    const parts = parseTemplate(source).map((part) => {
      if ('text' in part) return part.text;
      const content = part.name === INPUT_NAME ? input : kept.get(part.name);
      if (content === undefined) {
        const nearest = nearestWord(part.name, [...kept.keys(), INPUT_NAME]);
        throw new Failure('definition', 'no earlier step keeps this name: set as there', { name: part.name, nearest });
      }
      const text = textOf(content).replace(/[\r\n]+$/, '');
      if (text === '') throw new Failure('no-match', 'a part of the template is empty', { name: part.name });
      return text;
    });
    return textContent(parts.join(''));
  },
};
