// What was read of a log, joined.
import type { LogPiece, LogStream } from '../../src/record/logs.ts';
import { systemLogFiles } from '../../src/system/log-files.ts';

export async function gather(pieces: AsyncIterable<LogPiece>): Promise<readonly LogPiece[]> {
  const found: LogPiece[] = [];
  for await (const piece of pieces) found.push({ ...piece, bytes: Buffer.from(piece.bytes) });
  return found;
}

export function bytesOf(pieces: readonly LogPiece[], stream?: LogStream): Buffer {
  return Buffer.concat(
    pieces.filter((piece) => stream === undefined || piece.stream === stream).map(({ bytes }) => bytes),
  );
}

export function textOf(pieces: readonly LogPiece[], stream?: LogStream): string {
  return bytesOf(pieces, stream).toString('utf8');
}

/** Sizes of the files of a directory. */
export async function filesOf(directory: string): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const name of (await systemLogFiles.list(directory)).toSorted()) {
    const file = await systemLogFiles.open(`${directory}/${name}`);
    found[name] = (await file?.size()) ?? 0;
    await file?.close();
  }
  return found;
}
