// Source `certificate`: the TLS certificate that a host shows: when it ends, whether that is soon, which one it is.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import { duration } from '../../definition/written-values.ts';
import type { HostCertificate } from '../../system/certificate.ts';
import { readEndpoint, readHost } from '../endpoint.ts';
import type { StepType } from '../step.ts';
import { textContent } from '../text-of.ts';

const HTTPS = 443;
const DEFAULT_TIMEOUT = 10_000;
const TWO_WEEKS = 1_209_600_000;

const schema = z
  .strictObject({
    certificate: z
      .string()
      .max(300)
      .transform((text, context) => {
        const endpoint = readEndpoint(text, HTTPS);
        if (endpoint !== null) return endpoint;
        context.addIssue({
          code: 'custom',
          message: 'not a host: write example.com, example.com:8443 or [2001:db8::1]',
        });
        return z.NEVER;
      })
      .meta({ description: 'Host that shows it, with the port where it is not 443', examples: ['www.example.com'] }),
    give: z
      .enum(['expires', 'state', 'fingerprint', 'issuer', 'serial'])
      .default('expires')
      .describe(
        'When it ends; its state (valid, expires-soon, expired, not-yet-valid); the SHA-256 of it; the name of its ' +
          'issuer; its serial number. Default expires',
      ),
    warn_before: duration('With give: state, how long before its end it expires soon; default 14d').optional(),
    servername: z
      .string()
      .min(1)
      .max(300)
      .refine((name) => readHost(name)?.kind === 'name', 'not the name of a host')
      .optional()
      .describe('Name that is asked for (SNI); default the host'),
    timeout: duration('Time for the connection and the certificate; default 10s', 1).optional(),
  })
  .refine(({ give, warn_before }) => give === 'state' || warn_before === undefined, {
    path: ['warn_before'],
    message: 'only together with give: state',
  });

export type CertificateOptions = z.infer<typeof schema>;

export const certificate: StepType<CertificateOptions> = {
  role: 'source',
  summary: 'the TLS certificate of a host: its end, its state, its fingerprint',
  schema,
  request: requestKey,
  async run(options, _input, context) {
    const { certificate: endpoint, servername, timeout = DEFAULT_TIMEOUT } = options;
    const shown = await context.once(`certificate ${requestKey(options)}`, () =>
      context.certificate({ ...endpoint, servername, timeout }, context.signal),
    );
    return textContent(give(shown, options, context.clock.now()));
  },
};

function requestKey({ certificate: { host, port }, servername, timeout }: CertificateOptions): string {
  return JSON.stringify([host, port, servername, timeout]);
}

function give(shown: HostCertificate, options: CertificateOptions, now: number): string {
  switch (options.give) {
    case 'expires':
      return formatInstant(shown.validTo).replace('.000Z', 'Z');
    case 'state':
      return stateOf(shown, now, options.warn_before ?? TWO_WEEKS);
    case 'fingerprint':
      return shown.fingerprint;
    case 'issuer':
      if (shown.issuer === '') throw new Failure('no-match', 'the certificate names no issuer');
      return shown.issuer;
    case 'serial':
      return shown.serial;
    default:
      return options.give satisfies never;
  }
}

function stateOf({ validFrom, validTo }: HostCertificate, now: number, warnBefore: number): string {
  if (now < validFrom) return 'not-yet-valid';
  if (now > validTo) return 'expired';
  return validTo - now <= warnBefore ? 'expires-soon' : 'valid';
}
