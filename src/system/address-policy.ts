// Which addresses of a host a door to the network may connect to: all, or none that is not of the public internet, as the
// agent's configuration says; and how long one of them is waited for.
import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Failure } from '../core/failure.ts';
import { isPrivateAddress } from './addresses.ts';

/** Whether requests may go to addresses that are not of the public internet. */
export type AddressPolicy = 'allow' | 'refuse';

/** Milliseconds before the next address of a host is tried beside one that does not answer. */
export const NEXT_ADDRESS_AFTER = 1000;

/** The refusal of an address by policy. */
export function privateAddressFailure(host: string, address: string): Failure {
  return new Failure('refused', 'the address is private and the agent configuration does not allow those', {
    host,
    ...(address === host ? {} : { address }),
    key: 'policy',
  });
}

/** Throws the refusal for an address as it is written, which is never looked up. */
export function assertPublicAddress(address: string): void {
  if (isPrivateAddress(address)) throw privateAddressFailure(address, address);
}

/** A lookup for connecting that leaves out private addresses: what was checked is what is connected to, so an answer
 * that changes between two look-ups gains nothing. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, '');
      return;
    }
    const open = addresses.filter(({ address }) => !isPrivateAddress(address));
    const [first] = open;
    if (first === undefined) callback(privateAddressFailure(hostname, addresses[0]?.address ?? ''), '');
    else if (options.all) callback(null, open);
    else callback(null, first.address, first.family);
  });
};
