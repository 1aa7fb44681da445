import { gzipSync } from 'node:zlib';
import { signedHeaders } from '../unit/webhooks/deliveries.js';
import type { Body, Shot } from './shots.js';

/** What a request comes with from whom it is of. */
export interface Credentials {
  readonly cookies: string;
  readonly authorization: string | null;
  /** More that they send, unless the request has it otherwise. */
  readonly headers: readonly (readonly [string, string])[];
}

const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));

function coded({ text, isBinary, coding }: Body): { name: string | null; bytes: Buffer } {
  const bytes = Buffer.from(text, isBinary ? 'latin1' : 'utf8');
  switch (coding) {
    case 'none':
      return { name: null, bytes };
    case 'gzip':
      return { name: 'gzip', bytes: gzipSync(bytes) };
    case 'not gzip':
      return { name: 'gzip', bytes };
    case 'cut gzip':
      return { name: 'gzip', bytes: gzipSync(bytes).subarray(0, -4) };
    case 'a bomb':
      return { name: 'gzip', bytes: bomb };
    case 'unknown':
      return { name: 'zq', bytes };
  }
}

const chunk = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

/** How a body is framed, and whether the client leaves in the middle of it. */
function framed(framing: Body['framing'], bytes: Buffer): { header: string; bytes: Buffer; cut: boolean } {
  const half = bytes.subarray(0, bytes.length >> 1);
  switch (framing) {
    case 'whole':
      return { header: `Content-Length: ${bytes.length}`, bytes, cut: false };
    case 'too short':
      return { header: `Content-Length: ${bytes.length + 9}`, bytes, cut: true };
    case 'chunked':
      return {
        header: 'Transfer-Encoding: chunked',
        // An empty chunk would be the last.
        bytes: Buffer.concat([...(bytes.length === 0 ? [] : [chunk(bytes)]), Buffer.from('0\r\n\r\n')]),
        cut: false,
      };
    case 'cut off':
      return {
        header: 'Transfer-Encoding: chunked',
        bytes: Buffer.concat([chunk(bytes).subarray(0, -4)]),
        cut: true,
      };
    case 'a broken chunk':
      return {
        header: 'Transfer-Encoding: chunked',
        bytes: Buffer.concat([
          Buffer.from(`${half.length.toString(16)};zq="\r\n`),
          half,
          Buffer.from('zq\r\n'),
        ]),
        cut: true,
      };
  }
}

/** A request as bytes; `cut` where its client ends its side in the middle of it. */
export interface WireRequest {
  readonly bytes: Buffer;
  readonly cut: boolean;
}

/**
 * Writes a request down as it goes over the wire. Its headers come as they are, once more than the app's own clients would send them.
 * @param host of the app
 */
export function written(
  shot: Shot,
  { cookies, authorization, headers: usual }: Credentials,
  host: string,
): WireRequest {
  const { method, target, headers, body } = shot;
  const own = (name: string) => headers.some(([one]) => one.toLowerCase() === name);
  const [before = '', after = ''] = shot.cookies ?? [];
  const lines = [`${method} ${target} HTTP/1.1`];
  if (!own('host')) lines.push(`Host: ${host}`);
  if (!own('accept')) lines.push('Accept: text/html');
  lines.push('Connection: close');
  if (cookies !== '' || shot.cookies !== null) lines.push(`Cookie: ${before}${cookies}${after}`);
  if (authorization !== null && !own('authorization')) lines.push(`Authorization: ${authorization}`);
  for (const [header, value] of usual) if (!own(header)) lines.push(`${header}: ${value}`);
  const { name, bytes } = body === null ? { name: null, bytes: Buffer.alloc(0) } : coded(body);
  if (body?.signed) {
    const signed = signedHeaders(bytes.toString('utf8'));
    for (const [header, value] of Object.entries(signed))
      if (!own(header) && header !== 'content-type') lines.push(`${header}: ${value}`);
  }
  const sent = body === null ? { header: null, bytes, cut: false } : framed(body.framing, bytes);
  if (body?.type != null) lines.push(`Content-Type: ${body.type}`);
  if (name !== null) lines.push(`Content-Encoding: ${name}`);
  if (sent.header !== null) lines.push(sent.header);
  for (const [header, value] of headers) lines.push(`${header}: ${value}`);
  const reframed = own('content-length') || own('transfer-encoding') || own('expect');
  return {
    bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), sent.bytes]),
    cut: sent.cut || reframed,
  };
}
