// A process that ends within a second has no use for machine code that pays off after many: without this, a quarter of
// its processor time goes into compiling what is about to end.
import { setFlagsFromString } from 'node:v8';

/** The first Node whose engine has a quick compiler between its interpreter and its thorough one, and spends no more. */
const NEEDS_NOTHING = 22;

/** Tells the engine that this process ends soon. To be called before what is heavy is loaded; nothing undoes it. */
export function expectShortLife(): void {
  // engines complain on stderr about flags that they do not know, and later ones have others
  if (Number.parseInt(process.versions.node, 10) >= NEEDS_NOTHING) return;
  // many times the usual work before a function is optimised: only what is hot in a long command still is
  setFlagsFromString('--interrupt-budget=1500000');
  // the HTTP parser is WebAssembly, which is otherwise compiled twice, the second time with all that there is
  setFlagsFromString('--liftoff-only');
  // what is loaded stays: looking through it for what is not used any more, as soon as there is much of it, frees nothing
  setFlagsFromString('--no-incremental-marking');
}
