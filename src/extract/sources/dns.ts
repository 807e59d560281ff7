// Source `dns`: the records of a name in the DNS, in an order of our own, since theirs means nothing.
import * as z from 'zod';
import { duration } from '../../definition/written-values.ts';
import { readEndpoint, readHost } from '../endpoint.ts';
import type { StepType } from '../step.ts';
import { listContent, textContent } from '../text-of.ts';

const DNS_PORT = 53;
const DEFAULT_TIMEOUT = 10_000;

const schema = z
  .strictObject({
    dns: z
      .string()
      .max(300)
      .transform((text, context) => {
        const host = readHost(text);
        if (host !== null) return host;
        context.addIssue({ code: 'custom', message: 'not a name in the DNS: write it like www.example.com' });
        return z.NEVER;
      })
      .meta({
        description: 'Name whose records are asked for; with type PTR also an address',
        examples: ['example.com'],
      }),
    type: z
      .enum(['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'])
      .default('A')
      .describe('Type of the records; default A'),
    resolver: z
      .string()
      .transform((text, context) => {
        const endpoint = readEndpoint(text, DNS_PORT);
        if (endpoint?.kind === 'address') return endpoint;
        context.addIssue({
          code: 'custom',
          message: 'not an address: write 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53',
        });
        return z.NEVER;
      })
      .optional()
      .describe("Address of the resolver that is asked, with the port where it is not 53; default the system's"),
    pick: z
      .enum(['joined', 'all'])
      .default('joined')
      .describe(
        'All records as one text, sorted and joined by ", ", or each for itself for a following step to narrow',
      ),
    timeout: duration('Time for all tries; default 10s', 1).optional(),
  })
  .refine(({ dns, type }) => dns.kind === 'name' || type === 'PTR', {
    path: ['type'],
    message: 'an address has PTR records only: write type: PTR',
  });

export type DnsOptions = z.infer<typeof schema>;

export const dns: StepType<DnsOptions> = {
  role: 'source',
  summary: 'the records of a name in the DNS',
  schema,
  request: requestKey,
  async run(options, _input, context) {
    const { dns: name, type, resolver, pick, timeout = DEFAULT_TIMEOUT } = options;
    const question = { name: name.host, type, resolver, timeout };
    const records = await context.once(`dns ${requestKey(options)}`, () => context.dns(question, context.signal));
    const sorted = [...new Set(records)].sort();
    return pick === 'all' ? listContent(sorted) : textContent(sorted.join(', '));
  },
};

function requestKey({ dns: name, type, resolver, timeout }: DnsOptions): string {
  return JSON.stringify([name.host, type, resolver, timeout]);
}
