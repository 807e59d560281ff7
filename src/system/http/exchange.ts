// One request and its whole answer over a connection, within a time limit and a size limit.
import type { Dispatcher } from 'undici';
import { onAbort } from '../../concurrency/on-abort.ts';
import { Failure } from '../../core/failure.ts';
import { LONGEST_TIMER } from '../clock.ts';
import { type BodyReader, createBodyReader } from './body.ts';
import { bodyTooLarge, exchangeFailure, timedOut } from './failures.ts';

/** A request to one URL, redirects not followed. */
export interface Hop {
  readonly url: URL;
  /** Of the URL; getting it there writes it anew each time. */
  readonly origin: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export interface ExchangeLimits {
  /** Milliseconds from now to the end of the body. */
  readonly timeout: number;
  /** What the time limit was before redirects took of it, for the message. */
  readonly fullTimeout: number;
  /** Bytes of the body, after decompression. */
  readonly maxSize: number;
  /** Statuses whose body is wanted whole; of others the first 64 KB are kept, whatever the size. */
  readonly wanted: (status: number) => boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const NOT_MODIFIED = 304;
/** Bytes of a body that only serves a message. */
const EXCERPT = 65_536;

/** Throws a Failure: `unreachable`, `timed-out`, `too-large`, `not-parsable`; rejects with the signal's reason. */
export function exchange(
  dispatcher: Dispatcher,
  hop: Hop,
  limits: ExchangeLimits,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let reader: BodyReader | undefined;
    let settled = false;

    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      stay();
      reader?.destroy();
      act();
    };
    const stop = (reason: unknown) => {
      settle(() => reject(reason));
      controller?.abort(STOPPED);
    };
    const cancel = () => stop(signal.reason);
    const timer = setTimeout(
      () => stop(timedOut(hop.url, limits.fullTimeout)),
      Math.min(limits.timeout, LONGEST_TIMER),
    );
    const stay = onAbort(signal, cancel);
    if (signal.aborted) {
      cancel();
      return;
    }

    const onHeaders = (status: number, headers: Readonly<Record<string, string>>) => {
      if (status === NOT_MODIFIED && Number(headers['content-length']) > 0) {
        // The length of what is not sent; undici waits for it in vain and then breaks the connection off.
        settle(() => resolve({ status, headers, body: new Uint8Array() }));
        return;
      }
      const wanted = limits.wanted(status);
      const coded = 'content-encoding' in headers;
      if (wanted && !coded && hop.method !== 'HEAD' && Number(headers['content-length']) > limits.maxSize) {
        stop(bodyTooLarge(limits.maxSize));
        return;
      }
      reader = createBodyReader({
        encoding: headers['content-encoding'],
        limit: wanted ? limits.maxSize : EXCERPT,
        ...(wanted && !coded ? { announced: Number(headers['content-length']) } : {}),
        overflow: wanted ? 'fail' : 'cut',
        onDone: (body) => {
          settle(() => resolve({ status, headers, body }));
          // Where the body was cut there is more to come, which nobody reads.
          controller?.abort(STOPPED);
        },
        // An error page that cannot be read does not hide its status.
        onError: (failure) =>
          wanted ? stop(failure) : settle(() => resolve({ status, headers, body: new Uint8Array() })),
        onDrain: () => controller?.resume(),
      });
    };

    const options: Dispatcher.DispatchOptions = {
      origin: hop.origin,
      path: `${hop.url.pathname}${hop.url.search}`,
      method: hop.method as Dispatcher.HttpMethod,
      headers: hop.headers,
      body: hop.body ?? null,
    };
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (settled) started.abort(STOPPED);
      },
      onResponseStart(_controller, status, headers) {
        // 1xx are not answers yet.
        if (status >= 200 && !settled) onHeaders(status, joinHeaders(headers));
      },
      onResponseData(_controller, chunk) {
        if (reader?.write(chunk) === false) controller?.pause();
      },
      onResponseEnd() {
        controller = undefined;
        // undici takes its connection back one turn of the event loop after the end of an answer; who sends the next
        // request before that gets another connection.
        queueMicrotask(() => setImmediate(() => reader?.end()));
      },
      onResponseError(_controller, error) {
        controller = undefined;
        stop(exchangeFailure(error, hop.url));
      },
    });
  });
}

/** What our own ending of an exchange is called inside undici; nobody sees it. */
const STOPPED = new Failure('cancelled', 'the exchange was ended');

function joinHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || name === 'set-cookie') continue;
    joined[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return joined;
}
