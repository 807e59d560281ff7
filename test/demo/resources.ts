// The five resources of the demonstration, as somebody would add them on the command line: of different kinds, of both
// kinds of definition, in both layouts.

export interface DemoResource {
  /** What to say before the command is run. */
  readonly title: string;
  /** Arguments of `spread-cron add-resource`. */
  readonly args: readonly string[];
}

/** The resource whose history ends the story: it changes most often. */
export const TOLD = 'service-stable';

/** The suite of the product: it finds fault with some values. */
export const SUITE = `#!/bin/sh
echo "testing the product with $SC_RESOURCE $SC_VALUE"
case $SC_VALUE in
  *[37]) echo "it does not work with $SC_VALUE" >&2; exit 1 ;;
esac
`;

/** What `spread-cron.yaml` says for all resources; `product` is the path of the repository whose suite is run. */
export function settingsFor(product: string): string {
  return `defaults:
  run:
    target: { repository: "file://${product}" }
    tasks:
      suite: { script: [./suite] }
`;
}

/** The text of the file `options` that the last one is added from. */
export const CLASSIC_DEFINITION = `# A classic definition: plain shell, evaluated anew in every round.
message="Ten more seconds have passed"
pattern_extractor='date -u +%H:%M:%S | cut -c 1-7'
`;

/** `web` is the address of the changing web, `upstream` a git repository with tags; `options` is in the working directory. */
export function demoResources(places: { readonly web: string; readonly upstream: string }): readonly DemoResource[] {
  const { web, upstream } = places;
  const steps = (...texts: readonly string[]): readonly string[] => texts.flatMap((text) => ['--step', text]);
  return [
    {
      title: 'a version in a JSON document',
      args: [
        'service-stable',
        '--message',
        'New stable version of the service',
        '--layout',
        'branch',
        ...steps(`http=${web}/api/service.json`, 'json=$.channels[?(@.name=="stable")].version'),
      ],
    },
    {
      title: 'a word on a web page; the definition lives on the default branch',
      args: [
        'product-release',
        '--message',
        'New release of the product',
        '--layout',
        'central',
        ...steps(`http=${web}/releases.html`, 'css=li.latest', String.raw`regex=Release (\d+\.\d+)`),
      ],
    },
    {
      title: 'a revision in a response header',
      args: [
        'firmware',
        '--message',
        'New firmware',
        '--layout',
        'branch',
        ...steps(`http=${web}/firmware.bin`, 'header=content-disposition', String.raw`regex=r(\d+)\.bin`),
      ],
    },
    {
      title: 'the newest tag of another git repository',
      args: [
        'library',
        '--message',
        'New tag of the library',
        '--layout',
        'central',
        ...steps(`git=${upstream}`, 'git.newest=version', 'git.strip=v'),
      ],
    },
    {
      title: 'a classic shell definition, from a file',
      args: ['every-ten-seconds', '--layout', 'branch', '--file', 'options'],
    },
  ];
}
