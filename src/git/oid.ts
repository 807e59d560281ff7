// Object ids: the text forms that are admitted, and the ids of objects of this program's making.
import { createHash } from 'node:crypto';
import { Failure } from '../core/failure.ts';

/** What git writes for "no object" in pushes and listings. */
export const ZERO_OID = '0'.repeat(40);

const OID = /^[0-9a-f]{40}$/;

/** Returns the text where it is a full SHA-1 id; everything that reaches git as an id passes here. */
export function assertOid(text: string): string {
  if (OID.test(text)) return text;
  if (/^[0-9a-f]{64}$/.test(text)) throw sha256Repository();
  throw new Failure('internal', 'not a full object id', { text: text.slice(0, 80) });
}

/** The refusal of repositories in git's other object format. */
export function sha256Repository(): Failure {
  return new Failure('configuration', 'repositories in sha256 format are not supported, use one in sha1 format');
}

/** The id of an object: SHA-1 over `type length NUL body`. */
export function hashObject(type: string, body: Uint8Array): string {
  return createHash('sha1').update(`${type} ${body.length}\0`).update(body).digest('hex');
}
