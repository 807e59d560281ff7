// Secrets for steps under test: known by name, and for one host only.
import { Failure } from '../../src/core/failure.ts';
import type { StepContext } from '../../src/extract/step.ts';

/** Replaces placeholders for that host, and refuses every other one as the agent does. */
export function resolveSecretsFor(
  allowed: string | readonly string[],
  values: Readonly<Record<string, string>>,
): StepContext['resolveSecrets'] {
  return (text, host) => {
    if (![allowed].flat().includes(host))
      throw new Failure('refused', 'the secret may not be sent to this host', { host });
    return text.replace(/\$\{secret:(\w+)\}/g, (_, name: string) => values[name] ?? '');
  };
}
