// An HTTP response as it is written in documentation and examples: status line, headers, an empty line, the body.

export interface WrittenResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function readResponse(text: string): WrittenResponse {
  const end = text.indexOf('\n\n');
  const [first = '', ...lines] = text.slice(0, end).split('\n');
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(lines.map(splitHeader)),
    body: text.slice(end + 2),
  };
}

function splitHeader(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
