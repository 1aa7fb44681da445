import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** How long an answer may take, in milliseconds. */
export const limitMs = 10_000;

/** How long a client waits that may have asked nothing, in milliseconds. */
const patienceMs = 40;

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** The status line and the headers, a character for each byte. */
  readonly head: string;
  /** By names in lower case; what is there several times has a value for each. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Without its transfer and content coding. */
  readonly body: string;
}

function unchunked(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.toString('latin1', at, end), 16);
    if (end < 0 || !(size > 0)) return Buffer.concat(parts);
    parts.push(raw.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  deflate: inflateSync,
};

/** @returns null when the bytes are no whole head yet */
function parsed(raw: Buffer): WireAnswer | null {
  const end = raw.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = raw.toString('latin1', 0, end);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? Number.NaN);
  // `100 Continue` comes before the answer.
  if (status === 100) return parsed(raw.subarray(end + 4));
  const headers = new Map<string, string[]>();
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  const rest = raw.subarray(end + 4);
  const sent = headers.get('transfer-encoding')?.[0] === 'chunked' ? unchunked(rest) : rest;
  const decode = decoders[headers.get('content-encoding')?.[0] ?? ''];
  const body = decode === undefined || sent.length === 0 ? sent : decode(sent);
  return { status, head, headers, body: body.toString('utf8') };
}

const isStream = (raw: Buffer) => /^content-type: text\/event-stream/im.test(raw.toString('latin1', 0, 4096));

/**
 * Sends bytes as they are, and reads until the server closes the connection, which the bytes have to ask for. Of a stream of events
 * only the beginning is read.
 * @param options.cut whether the client leaves when nothing comes for a moment, as in the middle of a request
 * @returns null when the connection was closed without an answer
 * @throws Error when nothing of that happened within `limitMs`
 */
export function exchange(port: number, bytes: Buffer, { cut = false } = {}): Promise<WireAnswer | null> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let leaving: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`not answered within ${limitMs / 1000} s`));
    }, limitMs);
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      if (isStream(received[0] ?? chunk)) socket.destroy();
    });
    // A server that closes before it has read everything may reset the connection.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      clearTimeout(leaving);
      try {
        resolve(parsed(Buffer.concat(received)));
      } catch (error) {
        reject(error);
      }
    });
    socket.write(bytes);
    if (cut) leaving = setTimeout(() => socket.end(), patienceMs);
  });
}
