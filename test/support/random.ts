// Random numbers that a seed repeats.

/** Numbers from 0 up to 1: a counter whose bits are mixed. `seed` is a whole number of 32 bits. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = state;
    for (const shift of [16, 15]) bits = Math.imul(bits ^ (bits >>> shift), 0x21f0aaad);
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
  };
}
