// Source `http`: what a web server answers, with the limits, retries and secrets of the HTTP client.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { duration, size } from '../../definition/written-values.ts';
import type { HttpRequest } from '../../system/http.ts';
import { fillSecrets, hasSecret, hostOfTemplate } from '../secret-placeholders.ts';
import type { StepContext, StepType } from '../step.ts';
import { hasLogin } from '../web-address.ts';

const HEADER_NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
/** Headers that the connection decides. */
const RESERVED: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade']);
const STATUS_RANGE = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/;

/** A status or a range of them, as text. */
const STATUS = z.union([
  z.int().min(100).max(599).transform(String),
  z.string().regex(STATUS_RANGE, 'not a status or range: write it like 404 or 200-299'),
]);

const schema = z
  .strictObject({
    http: z
      .string()
      .max(8000)
      .refine(
        (url) => hostOfTemplate(url) !== null,
        'not a URL: write http://… or https://…, with secrets after the host',
      )
      .refine((url) => !hasLogin(url), 'a URL with a login, for all to read: send a header that holds ${secret:NAME}')
      .meta({
        description: 'URL that is requested; may hold ${secret:NAME}',
        examples: ['https://api.example.com/v1/latest'],
      }),
    method: z
      .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS'])
      .optional()
      .describe('Default GET, POST where there is a body'),
    headers: z
      .record(z.string(), z.string().regex(/^[^\0\r\n]*$/, 'a header with a line break'))
      .superRefine((headers, context) => {
        for (const name of Object.keys(headers)) {
          const message = RESERVED.has(name.toLowerCase()) ? 'a header that cannot be set' : 'not the name of a header';
          if (!HEADER_NAME.test(name) || RESERVED.has(name.toLowerCase()))
            context.addIssue({ code: 'custom', path: [name], message });
        }
      })
      .optional()
      .describe('Request headers; values may hold ${secret:NAME}'),
    body: z.string().optional().describe('Text that is sent; may hold ${secret:NAME}'),
    json: z.json().optional().describe('Data that is sent as JSON; texts in it may hold ${secret:NAME}'),
    redirects: z.int().min(0).max(20).optional().describe('Redirects that are followed, 0 for none; default 5'),
    accept_status: z
      .union([STATUS, z.array(STATUS).min(1)])
      .transform((written): readonly string[] => (typeof written === 'string' ? [written] : written))
      .optional()
      .describe('Statuses that are an answer, such as 404 or "200-299"; default 200-299'),
    timeout: duration('Time for the request and its whole answer; default 30s', 1).optional(),
    max_size: size('Largest answer after decompression; default 10MB').optional(),
    min_delay: duration('Least time between two requests to this host').optional(),
    tries: z
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe('Tries in all when the server cannot be reached or is busy; default 3, for POST and PATCH 1'),
    conditional: z
      .boolean()
      .default(true)
      .describe('Whether the server may confirm an earlier answer (ETag, Last-Modified) instead of sending it again'),
  })
  .refine((options) => options.body === undefined || options.json === undefined, {
    path: ['json'],
    message: 'not together with body',
  });

export type HttpOptions = z.infer<typeof schema>;

export const http: StepType<HttpOptions> = {
  role: 'source',
  summary: 'what a web server answers',
  schema,
  async run(options, _input, context) {
    const { request, key } = prepared.get(options) ?? prepare(options, context);
    const response = await context.once(key, () => context.http.request(request, context.signal));
    return {
      kind: 'document',
      body: response.body,
      contentType: response.headers['content-type'],
      headers: response.headers,
      url: response.url,
      status: response.status,
    };
  },
};

interface Prepared {
  readonly request: HttpRequest;
  /** Two steps with this key in common may share an answer. A digest, since it holds secrets. */
  readonly key: string;
}

/** Requests without secrets: the same each time. */
const prepared = new WeakMap<HttpOptions, Prepared>();

function prepare(options: HttpOptions, context: StepContext): Prepared {
  const request = toRequest(options, context);
  const { accept: _, ...plain } = request;
  const digest = createHash('sha256').update(JSON.stringify([plain, options.accept_status ?? null]));
  const made = { request, key: `http ${digest.digest('base64')}` };
  if (!hasSecret(JSON.stringify(options))) prepared.set(options, made);
  return made;
}

function toRequest(options: HttpOptions, context: StepContext): HttpRequest {
  const host = hostOfTemplate(options.http) ?? '';
  const fill = (text: string, encode: (value: string) => string) =>
    fillSecrets(text, { host, encode, resolve: context.resolveSecrets });
  const written = Object.entries(options.headers ?? {});
  const text = options.json === undefined ? options.body : JSON.stringify(options.json);
  const asIs = (value: string) => value;
  // Within JSON text a secret is part of a string.
  const body = text === undefined ? undefined : fill(text, options.json === undefined ? asIs : escapeJson);
  const typed = options.json !== undefined && !written.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    url: fill(options.http, encodeURIComponent),
    method: options.method ?? (text === undefined ? 'GET' : 'POST'),
    headers: {
      ...(typed ? { 'content-type': 'application/json' } : {}),
      ...Object.fromEntries(written.map(([name, value]) => [name, fill(value, asIs)])),
    },
    body,
    bodyKind: text !== undefined && hasSecret(text) ? 'secret' : 'plain',
    secretHeaders: written.filter(([, value]) => hasSecret(value)).map(([name]) => name),
    timeout: options.timeout,
    maxSize: options.max_size,
    maxRedirects: options.redirects,
    tries: options.tries,
    minDelay: options.min_delay,
    revalidate: options.conditional ? 'yes' : 'no',
    ...(options.accept_status === undefined ? {} : { accept: acceptor(options.accept_status) }),
  };
}

function acceptor(ranges: readonly string[]): (status: number) => boolean {
  const bounds = ranges.map((range) => {
    const match = STATUS_RANGE.exec(range);
    const first = Number(match?.[1]);
    return { first, last: match?.[2] === undefined ? first : Number(match[2]) };
  });
  return (status) => bounds.some(({ first, last }) => status >= first && status <= last);
}

function escapeJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
