// A DNS server on loopback (UDP) that a test drives: it has the records that it is given in the form of `dig +short`, and
// sees what was asked.
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 } as const;
export type TestRecordType = keyof typeof TYPES;
/** What is answered instead of records; `silent` answers nothing, `damaged` something that cannot be read. */
export type Trouble = 'servfail' | 'nxdomain' | 'refused' | 'silent' | 'damaged';

const CODES = { servfail: 2, nxdomain: 3, refused: 5 } as const;

export interface DnsServer {
  readonly port: number;
  /** Questions so far, as `NAME TYPE`, in order. */
  readonly seen: readonly string[];
  /** What a name has. Names without anything do not exist; names with something have no records of other types. */
  set(name: string, type: TestRecordType, records: readonly string[] | Trouble): void;
  reset(): void;
  /** Resolves when the next question arrives. */
  asked(): Promise<void>;
  close(): Promise<void>;
}

export async function startDnsServer(): Promise<DnsServer> {
  const zone = new Map<string, readonly string[] | Trouble>();
  const seen: string[] = [];
  const socket = createSocket('udp4');

  const answer = (question: Buffer, from: RemoteInfo) => {
    const { name, type, end } = readQuestion(question);
    seen.push(`${name} ${type}`);
    socket.emit('question');
    const isKnown = [...zone.keys()].some((key) => key.startsWith(`${name} `));
    const found = zone.get(`${name} ${type}`) ?? (isKnown ? [] : 'nxdomain');
    if (found === 'silent') return;
    const head = Buffer.from(question.subarray(0, 12));
    const asked = question.subarray(12, end);
    const records = typeof found === 'string' ? [] : found.map((text) => encodeRecord(type, text));
    const code = found === 'damaged' || typeof found !== 'string' ? 0 : CODES[found];
    // an answer (8000), recursion was asked for (0100) and is there (0080); one question, no authority, nothing more
    head.writeUInt16BE(0x8180 + code, 2);
    for (const [at, count] of [1, found === 'damaged' ? 7 : records.length, 0, 0].entries())
      head.writeUInt16BE(count, 4 + at * 2);
    socket.send(Buffer.concat([head, asked, ...records]), from.port, from.address);
  };

  socket.on('message', answer);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    seen,
    set: (name, type, records) => void zone.set(`${name} ${type}`, records),
    reset() {
      zone.clear();
      seen.length = 0;
    },
    async asked() {
      await once(socket, 'question');
    },
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** Name in lower case, type, and where the question ends (RFC 1035, 4.1.2). */
function readQuestion(message: Buffer): { readonly name: string; readonly type: TestRecordType; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at++] ?? 0; length > 0; length = message[at++] ?? 0) {
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
  const number = message.readUInt16BE(at);
  const [type] = Object.entries(TYPES).find(([, code]) => code === number) ?? ['A'];
  return { name: labels.join('.').toLowerCase(), type: type as TestRecordType, end: at + 4 };
}

/** A record of the name that was asked for, to be kept for a minute. */
function encodeRecord(type: TestRecordType, text: string): Buffer {
  const data = encodeData(type, text);
  const head = Buffer.alloc(12);
  // the name stands at offset 12
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(TYPES[type], 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.byteLength, 10);
  return Buffer.concat([head, data]);
}

function encodeData(type: TestRecordType, text: string): Buffer {
  const words = text.split(' ');
  switch (type) {
    case 'A':
      return Buffer.from(text.split('.').map(Number));
    case 'AAAA': {
      const [left = [], right = []] = text.split('::').map((half) => half.split(':').filter((group) => group !== ''));
      const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
      return numbers(2, ...groups.map((group) => Number.parseInt(group, 16)));
    }
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return encodeName(text);
    case 'MX':
    case 'SRV':
      return Buffer.concat([numbers(2, ...words.slice(0, -1).map(Number)), encodeName(words.at(-1) ?? '')]);
    case 'SOA': {
      const [server = '', mailbox = '', ...times] = words;
      return Buffer.concat([encodeName(server), encodeName(mailbox), numbers(4, ...times.map(Number))]);
    }
    case 'CAA': {
      const [flags = '', tag = '', value = ''] = words;
      return Buffer.concat([Buffer.of(Number(flags), tag.length), Buffer.from(`${tag}${value.replaceAll('"', '')}`)]);
    }
    case 'TXT':
      return Buffer.concat(
        [...text.matchAll(/"([^"]*)"/g)].map(([, part = '']) =>
          Buffer.concat([Buffer.of(part.length), Buffer.from(part)]),
        ),
      );
    default:
      return type satisfies never;
  }
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ]);
}

/** Numbers of so many bytes each. */
function numbers(bytes: 2 | 4, ...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(bytes * values.length);
  for (const [at, value] of values.entries()) buffer.writeUIntBE(value, at * bytes, bytes);
  return buffer;
}
