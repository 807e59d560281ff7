// Collects the body of an answer, decompressed while it arrives, within a limit on what comes out.
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { Failure } from '../../core/failure.ts';
import { bodyTooLarge, TransientFailure } from './failures.ts';

/** What a request says that it understands. */
export const ACCEPT_ENCODING = 'gzip, deflate, br';

export interface BodyOptions {
  /** Of the Content-Encoding header. */
  readonly encoding: string | undefined;
  /** Bytes after decompression. */
  readonly limit: number;
  /** Bytes that were announced, of a body without encoding: they are collected where they stay, not copied together. */
  readonly announced?: number | undefined;
  /** Beyond the limit: `fail`, or `cut` there and be done. */
  readonly overflow: 'fail' | 'cut';
  readonly onDone: (body: Uint8Array) => void;
  readonly onError: (failure: Failure) => void;
  /** Called when writing may go on after `write` gave false. */
  readonly onDrain: () => void;
}

export interface BodyReader {
  /** False asks for a pause until `onDrain`. */
  write(chunk: Uint8Array): boolean;
  end(): void;
  /** Frees what is held; nothing is called back afterwards. */
  destroy(): void;
}

/** Calls back exactly once, `onDone` or `onError`, unless destroyed before. */
export function createBodyReader(options: BodyOptions): BodyReader {
  const chunks: Uint8Array[] = [];
  const { announced = 0 } = options;
  const whole = announced > 0 && announced <= options.limit ? new Uint8Array(announced) : null;
  let size = 0;
  let over = false;
  const finish = (act: () => void) => {
    if (over) return;
    over = true;
    act();
  };
  const collect = (chunk: Uint8Array) => {
    if (over) return;
    const room = (whole?.byteLength ?? options.limit) - size;
    const piece = chunk.byteLength > room ? chunk.subarray(0, room) : chunk;
    if (whole === null) chunks.push(piece);
    else whole.set(piece, size);
    size += chunk.byteLength;
    if (size <= options.limit) return;
    if (options.overflow === 'cut') done();
    else finish(() => options.onError(bodyTooLarge(options.limit)));
  };
  const collected = () => {
    if (whole === null) return join(chunks, Math.min(size, options.limit));
    // Answers to HEAD announce what they do not have.
    return size === whole.byteLength ? whole : whole.slice(0, size);
  };
  const done = () => finish(() => options.onDone(collected()));

  const coding = (options.encoding ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') {
    return {
      write: (chunk) => {
        collect(chunk);
        return true;
      },
      end: done,
      destroy: () => finish(() => {}),
    };
  }

  let decoder: Decoder | undefined;
  return {
    write(chunk) {
      if (over || chunk.byteLength === 0) return true;
      if (decoder === undefined) {
        decoder = createDecoder(coding, chunk);
        if (decoder === undefined) {
          finish(() =>
            options.onError(new Failure('not-parsable', 'the answer is in an unknown encoding', { coding })),
          );
          return true;
        }
        const stream = decoder;
        stream.on('data', (piece: Uint8Array) => {
          collect(piece);
          if (over) stream.destroy();
        });
        stream.on('end', done);
        stream.on('drain', options.onDrain);
        stream.on('error', (error) => finish(() => options.onError(decodingFailure(error, coding))));
      }
      return decoder.write(chunk);
    },
    end() {
      if (decoder === undefined) done();
      else decoder.end();
    },
    destroy() {
      finish(() => {});
      decoder?.destroy();
    },
  };
}

/** Of its own, neither part of a larger buffer nor holding one. */
function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.byteLength;
  }
  return whole;
}

type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createBrotliDecompress>;

function createDecoder(coding: string, first: Uint8Array): Decoder | undefined {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      // Meant is the zlib format (RFC 9110 8.4.1.2), but some servers send the bare one.
      return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return undefined;
  }
}

function decodingFailure(error: Error, coding: string): Failure {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR')
    return new TransientFailure('unreachable', 'the compressed answer is cut off', { coding, code }, { cause: error });
  return new Failure('not-parsable', 'the compressed answer is damaged', { coding, code }, { cause: error });
}
