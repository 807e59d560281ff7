// What must hold between the steps of one extraction: a source first, names that are kept before they are used.
import { Failure } from '../core/failure.ts';
import { nearestWord } from '../core/nearest.ts';
import type { StepSpec } from '../core/resource.ts';
import { stepType } from './registry.ts';
import { INPUT_NAME } from './template.ts';

/** Throws a Failure (`definition`) that names the step where the steps do not fit together. */
export function assertOrder(steps: readonly StepSpec[]): void {
  const names = new Set<string>();
  for (const [index, spec] of steps.entries()) {
    const refuse = (message: string, details: Record<string, string | undefined> = {}): never => {
      throw new Failure('definition', message, { step: `${index + 1} ${spec.kind}`, ...details });
    };
    const type = stepType(spec.kind);
    if (index === 0 && type.role !== 'source')
      refuse('the first step must be a source: it fetches what the others narrow');
    if (index > 0 && type.role === 'source') refuse('only the first step can be a source');
    for (const name of [spec.from ?? [], type.uses?.(spec.options) ?? []].flat()) {
      if (!names.has(name))
        refuse('no earlier step keeps this name: set as there', { name, nearest: nearestWord(name, names) });
    }
    if (spec.as === INPUT_NAME) refuse('value is what comes in: keep it under another name');
    if (spec.as !== undefined && names.has(spec.as)) refuse('two steps keep the same name', { name: spec.as });
    if (spec.as !== undefined) names.add(spec.as);
  }
}
