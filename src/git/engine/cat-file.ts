// One long-lived `git cat-file`, asked many things at a time: requests are written as they come, answers are matched in
// order (format: git-cat-file(1), "BATCH OUTPUT").
import { Failure } from '../../core/failure.ts';
import type { LongLived } from '../../system/process.ts';
import type { StoredObject } from './engine.ts';

/** An answer: the object, its size alone (`--batch-check`), or null where there is none. */
interface CatFileAnswer {
  readonly type: StoredObject['type'];
  readonly size: number;
  readonly body: Uint8Array;
}

export interface CatFile {
  /** Answers in the order of the ids; rejects with `mirror-damaged` where git gave up on an object. */
  ask(oids: readonly string[]): Promise<readonly (CatFileAnswer | null)[]>;
  close(): Promise<void>;
}

interface Batch {
  readonly answers: (CatFileAnswer | null)[];
  readonly wanted: number;
  readonly resolve: (answers: readonly (CatFileAnswer | null)[]) => void;
  readonly reject: (error: unknown) => void;
}

/** `start` starts the process; `form` says whether bodies follow the headlines. It is started with the first question. */
export function createCatFile(
  start: (onStderr: (line: string) => void) => LongLived,
  form: 'bodies' | 'sizes',
): CatFile {
  let child: LongLived | null = null;
  let waiting: Batch[] = [];
  let complaint = '';
  const parser = createParser(form, (answer) => {
    const [batch] = waiting;
    if (batch === undefined) return;
    batch.answers.push(answer);
    if (batch.answers.length < batch.wanted) return;
    waiting.shift();
    batch.resolve(batch.answers);
  });

  const ended = (process: LongLived) => {
    if (child !== process) return;
    child = null;
    parser.reset();
    const lost = waiting;
    waiting = [];
    for (const { reject } of lost)
      reject(new Failure('mirror-damaged', 'git could not read an object of the mirror', { git_said: complaint }));
  };

  const running = (): LongLived => {
    if (child !== null) return child;
    const started = start((line) => {
      complaint = line;
    });
    started.stdout.on('data', (chunk: Uint8Array) => {
      if (child === started) parser.push(chunk);
    });
    // A child that died is told by its exit; the pipe's own error says nothing more.
    started.stdin.on('error', () => {});
    started.stdout.on('close', () => ended(started));
    child = started;
    return started;
  };

  return {
    ask(oids) {
      if (oids.length === 0) return Promise.resolve([]);
      return new Promise((resolve, reject) => {
        try {
          const process = running();
          waiting.push({ answers: [], wanted: oids.length, resolve, reject });
          process.stdin.write(`${oids.join('\n')}\n`);
        } catch (error) {
          reject(error);
        }
      });
    },
    async close() {
      const process = child;
      if (process === null) return;
      // Questions that were asked are still answered: git ends when it has read the last of them.
      process.stdin.end();
      if (waiting.length === 0) ended(process);
      await process.exited;
    },
  };
}

/** Cuts the stream into answers. */
function createParser(form: 'bodies' | 'sizes', emit: (answer: CatFileAnswer | null) => void) {
  let buffered: Buffer[] = [];
  let length = 0;
  let needed = 0;
  return {
    reset() {
      buffered = [];
      length = 0;
      needed = 0;
    },
    push(chunk: Uint8Array) {
      buffered.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      length += chunk.byteLength;
      // A large body arrives in many chunks: they are joined once it is complete.
      if (length < needed) return;
      const bytes = buffered.length === 1 && buffered[0] !== undefined ? buffered[0] : Buffer.concat(buffered);
      const used = parse(bytes);
      buffered = used === bytes.length ? [] : [bytes.subarray(used)];
      length = bytes.length - used;
    },
  };

  function parse(bytes: Buffer): number {
    let position = 0;
    for (;;) {
      const end = bytes.indexOf(0x0a, position);
      if (end < 0) {
        needed = 0;
        return position;
      }
      const [, type = '', digits = ''] = bytes.toString('latin1', position, end).split(' ');
      if (type === 'missing' || !isType(type)) {
        emit(null);
        position = end + 1;
        continue;
      }
      const size = Number(digits);
      if (form === 'sizes') {
        emit({ type, size, body: new Uint8Array() });
        position = end + 1;
        continue;
      }
      const after = end + 1 + size + 1;
      if (after > bytes.length) {
        needed = after - position;
        return position;
      }
      emit({ type, size, body: bytes.subarray(end + 1, end + 1 + size) });
      position = after;
    }
  }
}

function isType(text: string): text is StoredObject['type'] {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag';
}
