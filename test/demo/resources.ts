// The five resources of the demonstration, as somebody would add them on the command line: of different kinds, of both
// kinds of definition, in both layouts.

export interface DemoResource {
  /** What to say before the command is run. */
  readonly title: string;
  /** Arguments of `spread-cron add-resource`. */
  readonly args: readonly string[];
}

/** Files that the commands below name, by name. */
export function definitionFiles(upstream: string): Readonly<Record<string, string>> {
  return {
    'library.yaml': [
      'message: New tag of the library',
      'extract:',
      `  - git: ${upstream}`,
      '    newest: version',
      '    strip: v',
      '',
    ].join('\n'),
    options: [
      '# A classic definition: plain shell, evaluated anew in every round.',
      'message="Ten more seconds have passed"',
      "pattern_extractor='date -u +%H:%M:%S | cut -c 1-7'",
      '',
    ].join('\n'),
  };
}

export function demoResources(web: string, directory: string): readonly DemoResource[] {
  const steps = (...texts: readonly string[]): readonly string[] => texts.flatMap((text) => ['--step', text]);
  return [
    {
      title: 'a version in a JSON document',
      args: [
        'service-stable',
        '--message=New stable version of the service',
        '--layout=branch',
        ...steps(`http=${web}/api/service.json`, "json=$.channels[?(@.name=='stable')].version"),
      ],
    },
    {
      title: 'a word on a web page; the definition lives on the default branch',
      args: [
        'product-release',
        '--message=New release of the product',
        '--layout=central',
        ...steps(`http=${web}/releases.html`, 'css=li.latest', String.raw`regex=Release (\d+\.\d+)`),
      ],
    },
    {
      title: 'a revision in a response header',
      args: [
        'firmware',
        '--message=New firmware',
        '--layout=branch',
        ...steps(`http=${web}/firmware.bin`, 'header=content-disposition', String.raw`regex=r(\d+)\.bin`),
      ],
    },
    {
      title: 'the newest tag of another git repository, from a file',
      args: ['library', '--layout=central', `--file=${directory}/library.yaml`],
    },
    {
      title: 'a classic shell definition',
      args: ['every-ten-seconds', '--layout=branch', `--file=${directory}/options`],
    },
  ];
}
