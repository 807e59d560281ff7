// Which IP addresses are not of the public internet: asked before a request that a definition wrote is let out.
import { BlockList, isIP } from 'node:net';

/** Ranges that no public service answers from. IPv4 after the IANA IPv4 Special-Purpose Address Registry, IPv6 after the
 * IPv6 one; 169.254.0.0/16 and fd00::/8 hold the metadata services of clouds. */
const RANGES: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** The ones of the metadata services of Azure and of Oracle that lie in public space. */
const METADATA: readonly string[] = ['168.63.129.16', '192.0.0.192'];

const blocked = createBlockList();

/** True for an address (IPv4 or IPv6 text, no brackets) that is not of the public internet: loopback, private, shared
 * (CGNAT), link-local, unspecified, multicast, reserved, documentation; also where an IPv6 address carries such an IPv4
 * one (mapped, NAT64, 6to4). True also for what is no address at all. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/%.*$/s, '');
  switch (isIP(bare)) {
    case 4:
      return blocked.check(bare, 'ipv4');
    case 6: {
      const embedded = embeddedIpv4(bare);
      return embedded === undefined ? blocked.check(bare, 'ipv6') : blocked.check(embedded, 'ipv4');
    }
    default:
      return true;
  }
}

/** The IPv4 address within `::ffff:0:0/96`, `64:ff9b::/96` and `2002::/16`. */
function embeddedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const head = groups.slice(0, 6).join(':');
  if (head === '0:0:0:0:0:65535' || head === '100:65435:0:0:0:0') return dotted(groups[6], groups[7]);
  if (groups[0] === 0x2002) return dotted(groups[1], groups[2]);
  return undefined;
}

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const group = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16);
    return `${group(a, b)}:${group(c, d)}`;
  });
  const [before = '', after] = plain.split('::');
  const parse = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const left = parse(before);
  const right = parse(after ?? '');
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function createBlockList(): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of RANGES) list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');
  for (const address of METADATA) list.addAddress(address, 'ipv4');
  return list;
}
