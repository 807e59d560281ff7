// `${secret:NAME}` in what a request is made of: where it may stand, and filling it in without changing what surrounds it.

const PLACEHOLDER = /\$\{secret:[^}]*\}/g;

/** True where the text holds a placeholder. */
export function hasSecret(text: string): boolean {
  return text.includes('${secret:');
}

/** Host and port (where it is not the scheme's own) of an http or https URL; null for anything else, also for one whose
 * scheme, host or port holds a placeholder: whoever knows the secret decides where it may go, not the secret. */
export function hostOfTemplate(url: string): string | null {
  // Two different fillings that give the same host show that no placeholder is part of it.
  const [one, other] = ['a', 'b'].map((filling) => {
    const filled = url.replace(PLACEHOLDER, filling);
    return URL.canParse(filled) ? new URL(filled) : null;
  });
  if (!one || !other || one.host !== other.host || one.protocol !== other.protocol) return null;
  return one.protocol === 'http:' || one.protocol === 'https:' ? one.host : null;
}

/** Fills in each placeholder on its own, encoded for where it stands. `resolve` decides whether it may go to the host. */
export function fillSecrets(
  text: string,
  options: {
    readonly host: string;
    readonly encode: (value: string) => string;
    readonly resolve: (placeholder: string, host: string) => string;
  },
): string {
  return text.replace(PLACEHOLDER, (placeholder) => options.encode(options.resolve(placeholder, options.host)));
}
