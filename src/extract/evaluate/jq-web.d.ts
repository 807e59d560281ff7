// The part of jq-web that is used; the package has no types of its own.
declare module 'jq-web' {
  interface Jq {
    /** What the program prints, undefined where that is nothing; throws where jq's exit status is not 0. */
    raw(text: string, program: string, flags: string[]): string | undefined;
  }
  const jq: Promise<Jq>;
  // biome-ignore lint/style/noDefaultExport: it is CommonJS
  export default jq;
}
