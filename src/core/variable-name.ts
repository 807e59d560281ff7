// Names of environment variables, and which of them no definition and no run may set.

/** Variables that would change how programs are found, or what git and the shell do before they read a line. */
const REFUSED = /^(?:PATH|HOME|IFS|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|PS4|LD_.*|GIT_.*|SC_.*|BASH_FUNC_.*)$/;
/** Less the one name that plain objects take for something else. */
const NAME = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/;

/** In words for people: the names that `isRefusedVariable` is about. */
export const REFUSED_VARIABLES = 'PATH, HOME, IFS, ENV, BASH_ENV, SHELLOPTS, BASHOPTS, PS4, LD_*, GIT_* and SC_*';

/** True for letters, digits and `_` that do not begin with a digit. */
export function isVariableName(name: string): boolean {
  return NAME.test(name);
}

/** True for a variable that neither a definition nor whoever asks for a run may set. */
export function isRefusedVariable(name: string): boolean {
  return REFUSED.test(name);
}
