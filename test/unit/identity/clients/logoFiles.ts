import { crc32, deflateSync } from 'node:zlib';
import { type LogoFile, readLogoFile } from '../../../../server/identity/clients/logoFile.js';

/** Files that somebody may want as a logo. */

export const svgOf = (inner = '', attributes = 'viewBox="0 0 40 40"'): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${inner}</svg>`);

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

function chunk(type: string, data = Buffer.alloc(0)): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, sum]);
}

/** A PNG file of one colour. */
export function pngOf(width = 8, height = 8, more: Buffer[] = []): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const pixels = deflateSync(Buffer.alloc((1 + 3 * width) * height, 0x80));
  return Buffer.concat([signature, chunk('IHDR', head), ...more, chunk('IDAT', pixels), chunk('IEND')]);
}

/** A chunk that says nothing of the picture. */
export const textChunk = (text: string): Buffer => chunk('tEXt', Buffer.from(`Comment\0${text}`, 'latin1'));

/** The logo that a file is. */
export function logoOf(body: Buffer): LogoFile {
  const read = readLogoFile(body);
  if ('fault' in read) throw new Error(`it is no logo: ${read.fault}`);
  return read.logo;
}
