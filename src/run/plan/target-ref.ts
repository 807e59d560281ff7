// The ref of a target with the value filled in. Values are other people's text: what is not plainly a ref is refused.
import { branchNameProblem } from '../../core/branch-name.ts';
import { Failure } from '../../core/failure.ts';

const PLACEHOLDER = '${value}';
const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Failures: `refused` (no full oid, and no name that git takes for a ref), `usage` (no change, so no value). */
export function targetRef(written: string | null, value: string | null): string | null {
  if (written === null) return null;
  if (!written.includes(PLACEHOLDER)) return checkRef(written, { ref: written });
  if (value === null)
    throw new Failure('usage', 'the ref of the target needs a value, and the run has no change: name one', {
      ref: written,
    });
  return checkRef(
    written.replaceAll(PLACEHOLDER, () => value),
    { ref: written, value: value.slice(0, 100) },
  );
}

function checkRef(ref: string, details: { readonly ref: string; readonly value?: string }): string {
  if (OID.test(ref) || ref === 'HEAD') return ref;
  const problem = branchNameProblem(ref.replace(/^refs\//, ''));
  if (problem === null) return ref;
  throw new Failure('refused', 'the ref of the target is none that git takes', { ...details, problem });
}
