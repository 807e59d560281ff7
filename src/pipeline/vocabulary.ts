// The words that definitions may use, assembled from the rooms that know them: steps, schedules, patterns.
import { Failure } from '../core/failure.ts';
import { checkTimezone } from '../core/zone.ts';
import type { AgentConfig } from '../definition/agent-config.ts';
import type { Vocabulary } from '../definition/vocabulary.ts';
import { stepType, stepTypes } from '../extract/registry.ts';
import type { CheckContext } from '../extract/step.ts';
import { checkSchedule } from '../schedule/timing.ts';
import { compilePattern } from '../system/pattern.ts';

/** What reading a repository uses: everything that can be told without loading a heavy package. */
export const VOCABULARY: Vocabulary = {
  steps: stepTypes,
  checkSchedule,
  checkTimezone,
  checkPattern: (source) => messageOf(() => void compilePattern(source)),
};

/** The same with the machine's own defaults for what a definition does not say. */
export function vocabularyFor(config: AgentConfig): Vocabulary {
  return { ...VOCABULARY, defaults: { confirmAfter: config.confirmAfter, valueLimit: config.limits.value } };
}

/** What validating uses besides: expressions that only a heavy package can read. */
export function thoroughVocabulary(vocabulary: Vocabulary, context: CheckContext): Vocabulary {
  return {
    ...vocabulary,
    async checkStep(kind, options) {
      try {
        await stepType(kind).check?.(options, context);
        return null;
      } catch (error) {
        return messageOf(() => {
          throw error;
        });
      }
    },
  };
}

/** The message of a Failure `definition`, null where there is none; other errors are thrown on. */
function messageOf(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'definition') {
      const found = Object.entries(error.details).map(([key, value]) => `${key} ${String(value)}`);
      return [error.message, ...found].join(', ');
    }
    throw error;
  }
}
