// Types of the single undici module that we load: the whole package takes three times as long to load and 8 MB more.
declare module 'undici/lib/dispatcher/agent.js' {
  // biome-ignore lint/style/noDefaultExport: what the module of the package has
  export { Agent as default } from 'undici';
}
