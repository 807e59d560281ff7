// The contract suite of extract steps: every source's and filter's test calls `describeStep` with its own examples.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Failure, toFailure } from '../../src/core/failure.ts';
import { extract } from '../../src/extract/extract.ts';
import { stepType } from '../../src/extract/registry.ts';
import type { Content, StepContext } from '../../src/extract/step.ts';
import { textOf } from '../../src/extract/text-of.ts';
import { stepContext } from '../support/step-context.ts';

type Written = Readonly<Record<string, unknown>>;

/** What a step does: written options, what comes in (nothing for a source), and what it gives. */
export interface StepExample {
  readonly name: string;
  readonly written: Written;
  readonly input?: Content | string;
  readonly output: Content | string | readonly string[];
}

/** What a step must not accept. */
export interface RefusedOptions {
  readonly name: string;
  readonly written: Written;
  /** Found in the message of the reader of definitions, or of the check. */
  readonly message: RegExp;
}

/** What a step cannot give an honest answer to. */
export interface FailingInput {
  readonly name: string;
  readonly written: Written;
  readonly input?: Content | string;
  readonly reason: Failure['reason'];
  readonly message?: RegExp;
}

export interface StepSuite {
  readonly examples: readonly [StepExample, ...StepExample[]];
  readonly refused: readonly [RefusedOptions, ...RefusedOptions[]];
  readonly failures: readonly FailingInput[];
  /** In which shapes a filter takes the first example's input; a list has it as its only item. */
  readonly takes?: readonly Content['kind'][];
  /** Doors that a source needs. */
  readonly context?: () => Partial<StepContext>;
}

/** A document of that text. */
export function documentOf(text: string | Uint8Array, more: { contentType?: string; charset?: string } = {}): Content {
  return { kind: 'document', body: typeof text === 'string' ? new TextEncoder().encode(text) : text, ...more };
}

/** Runs a written step as a definition would have it. Throws what reading its options or running it throws. */
export async function runStep(
  written: Written,
  input: Content | string = '',
  context = stepContext(),
): Promise<Content> {
  const [kind = ''] = Object.keys(written);
  const type = stepType(kind);
  return await type.run(type.schema.parse(written), asContent(input), context);
}

/** The Failure of a written step. */
export async function failureOf(
  written: Written,
  input: Content | string = '',
  context = stepContext(),
): Promise<Failure> {
  const outcome = await runStep(written, input, context).catch((error: unknown) => error);
  if (!(outcome instanceof Failure)) throw new Error(`expected a Failure, got ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Declares the tests that every step must pass, and those of its examples. */
export function describeStep(kind: string, suite: StepSuite): void {
  const type = stepType(kind);
  const context = () => stepContext(suite.context?.());
  const [first] = suite.examples;

  describe(`${kind} keeps the contract of steps`, () => {
    const schema = z.toJSONSchema(type.schema, { io: 'input' });

    it('says in one line what it is for', () => {
      expect(type.summary).toMatch(/^\S.{5,90}$/);
    });

    it('describes every option, and requires the one under its own name', () => {
      const undescribed = Object.entries(schema.properties ?? {}).filter(
        ([, property]) => typeof property !== 'object' || !property.description,
      );
      expect(undescribed).toEqual([]);
      expect(schema.required).toContain(kind);
      expect(type.schema.safeParse({}).success).toBe(false);
    });

    it('refuses unknown options', () => {
      expect(schema.additionalProperties).toBe(false);
      expect(type.schema.safeParse(first.written).success).toBe(true);
      expect(type.schema.safeParse({ ...first.written, unheard_of: 1 }).success).toBe(false);
    });

    it('refuses a main option of another type', () => {
      for (const wrong of [null, 7.5, {}, [{}], '']) {
        expect(type.schema.safeParse({ ...first.written, [kind]: wrong }).success, JSON.stringify(wrong)).toBe(false);
      }
    });

    it('gives nothing when it is stopped', async () => {
      const steps = [{ kind, options: type.schema.parse(first.written) }];
      const recipe = { steps, accept: null, valueLimit: 200, digest: false };
      const reason = new Failure('timed-out', 'the time is up');
      const observed = await extract(recipe, { ...context(), signal: AbortSignal.abort(reason) });
      // A filter alone is no recipe.
      expect(observed).toMatchObject({ kind: 'failure', ...(type.role === 'source' ? { failure: reason } : {}) });
      const outcome = await type
        .run(type.schema.parse(first.written), asContent(first.input ?? ''), {
          ...context(),
          signal: AbortSignal.abort(reason),
        })
        .then(isAnswer, (error: unknown) => toFailure(error) === reason || toFailure(error).reason === 'cancelled');
      expect(outcome).toBe(true);
    });
  });

  describe(`${kind} gives`, () => {
    for (const { name, written, input, output } of suite.examples)
      it(name, async () => {
        const given = await runStep(written, input, context());
        expect(given).toEqual(asContent(output));
        // The same again: nothing is left behind by the first time.
        expect(await runStep(written, input, context())).toEqual(given);
      });

    for (const shape of suite.takes ?? [])
      it(`the same for a ${shape}`, async () => {
        const text = textOf(asContent(first.input ?? ''));
        const shapes: Partial<Record<Content['kind'], Content>> = {
          document: documentOf(text),
          text: { kind: 'text', text },
          list: { kind: 'list', items: [text] },
        };
        const given = await runStep(first.written, shapes[shape], context());
        expect(textOf(given)).toEqual(textOf(asContent(first.output)));
      });
  });

  describe(`${kind} refuses`, () => {
    for (const { name, written, message } of suite.refused)
      it(name, async () => {
        const read = type.schema.safeParse(written);
        if (!read.success) {
          expect(z.prettifyError(read.error)).toMatch(message);
          return;
        }
        await expect(type.check?.(read.data, context())).rejects.toMatchObject({ reason: 'definition' });
        await expect(type.check?.(read.data, context())).rejects.toThrow(message);
      });
  });

  if (suite.failures.length > 0) {
    describe(`${kind} fails on`, () => {
      for (const { name, written, input, reason, message } of suite.failures)
        it(name, async () => {
          const failure = await failureOf(written, input, context());
          expect(failure.reason).toBe(reason);
          if (message !== undefined) expect(failure.message).toMatch(message);
          expect(failure.message).toMatch(/^[a-z~'].*[^.]$/i);
        });
    });
  }

  if (type.role === 'filter') {
    describe(`${kind}, whatever comes in,`, () => {
      it('gives an answer that is not empty or fails with a reason', async () => {
        const contents = fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((body): Content => ({ kind: 'document', body })),
          fc.string({ unit: 'binary', maxLength: 200 }).map((text): Content => ({ kind: 'text', text })),
          fc.json({ maxDepth: 4 }).map((text) => documentOf(text)),
          fc
            .array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 20 })
            .map((items): Content => ({ kind: 'list', items })),
        );
        await fc.assert(
          fc.asyncProperty(contents, fc.constantFrom(...suite.examples), async (input, { written }) => {
            const outcome = await runStep(written, input, context()).then(isAnswer, (error: unknown) => error);
            if (outcome === true) return;
            expect(outcome).toBeInstanceOf(Failure);
            expect((outcome as Failure).reason).not.toBe('internal');
          }),
          { numRuns: 60 },
        );
      });
    });
  }
}

/** True for content that could be a value, or says that there is none yet. */
function isAnswer(content: Content): boolean {
  switch (content.kind) {
    case 'document':
      return true;
    case 'text':
      return content.text !== '';
    case 'list':
      return content.items.length > 0 && content.items.every((item) => item !== '');
    case 'nothing':
      return content.why !== '';
    default:
      return content satisfies never;
  }
}

function asContent(content: Content | string | readonly string[]): Content {
  if (typeof content === 'string') return { kind: 'text', text: content };
  return isList(content) ? { kind: 'list', items: content } : content;
}

function isList(content: Content | readonly string[]): content is readonly string[] {
  return Array.isArray(content);
}
