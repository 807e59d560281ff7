// Files that the user names: the configuration, and what it names in turn.
import { Failure, type FailureDetails } from '../core/failure.ts';
import { diskErrorCode } from '../system/disk.ts';
import { readFileIfAny } from '../system/files.ts';

/** Largest configuration, password, token or file of certificates, in bytes. */
const LARGEST = 1_000_000;

/** The bytes of a file, null where there is none. Throws a Failure (`configuration`), with these details, where it is there
 * and cannot be read. */
export async function readNamedFile(path: string, details: FailureDetails): Promise<Uint8Array | null> {
  try {
    return await readFileIfAny(path, LARGEST);
  } catch (error) {
    const code = diskErrorCode(error);
    if (code === null) throw error;
    throw new Failure('configuration', 'the file cannot be read by this user', { ...details, code }, { cause: error });
  }
}
