import { crc32 } from 'node:zlib';
import sax, { type QualifiedAttribute, type QualifiedTag } from 'sax';

/** The types of a logo, as they are served. */
export type LogoType = 'image/svg+xml' | 'image/png';

/** How wide and how high a logo is. Only the ratio counts. */
export interface LogoSize {
  readonly width: number;
  readonly height: number;
}

/** A file that can be a logo. */
export interface LogoFile extends LogoSize {
  readonly type: LogoType;
  readonly body: Buffer;
}

/** Why a file can't be a logo. */
export type LogoFault =
  | 'missing'
  | 'too_large'
  | 'unknown_type'
  | 'doctype'
  | 'malformed'
  | 'no_size'
  | 'damaged'
  | 'too_many_pixels';

/** In bytes. */
export const longestLogo = 64 * 1024;

/** In pixels, of a side. A small PNG file may unfold to any size, in the memory of everybody who looks at it. */
const longestSide = 2048;

/** Thrown within this file alone. */
class Unfit extends Error {
  constructor(readonly fault: LogoFault) {
    super(fault);
  }
}

/** The longer side becomes 1000, so that sides which are no whole numbers keep their ratio. */
function sizeOf(width: number, height: number): LogoSize {
  const unit = 1000 / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * unit)), height: Math.max(1, Math.round(height * unit)) };
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/**
 * Reads the chunks of a PNG file (PNG, third edition, 5.3 and 11.2.1): all of them are whole, and nothing follows the last one, so that the
 * file is not something else as well.
 */
function readPng(body: Buffer): LogoSize {
  let size: LogoSize | null = null;
  for (let start = pngSignature.length; start + 12 <= body.length; ) {
    const end = start + 12 + body.readUInt32BE(start);
    if (end > body.length) break;
    const content = body.subarray(start + 4, end - 4);
    if (crc32(content) !== body.readUInt32BE(end - 4)) break;
    const type = content.toString('latin1', 0, 4);
    if ((size === null) !== (type === 'IHDR')) break;
    if (size === null) {
      if (content.length !== 17) break;
      const [width, height] = [content.readUInt32BE(4), content.readUInt32BE(8)];
      if (width === 0 || height === 0) break;
      if (width > longestSide || height > longestSide) throw new Unfit('too_many_pixels');
      size = sizeOf(width, height);
    }
    if (type === 'IEND' && end === body.length) return size;
    if (type === 'IEND') break;
    start = end;
  }
  throw new Unfit('damaged');
}

/** Characters that XML has not (XML 1.0, 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const notOfXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new Unfit('unknown_type');
  }
}

/** The root of an XML text that is well formed and declares no type of its own, and with it no entities. */
function rootOf(text: string): QualifiedTag {
  let root: QualifiedTag | null = null;
  let depth = 0;
  // Its types leave one of the options out, without which the entities of HTML would be known.
  const options = { xmlns: true, position: false, strictEntities: true };
  const parser = sax.parser(true, options);
  parser.onerror = () => {
    throw new Unfit(root === null ? 'unknown_type' : 'malformed');
  };
  parser.ondoctype = (doctype) => {
    throw new Unfit(/^\s*svg\b/i.test(doctype) ? 'doctype' : 'unknown_type');
  };
  parser.onopentag = (tag) => {
    if (depth === 0 && root !== null) throw new Unfit('malformed');
    root ??= tag as QualifiedTag;
    if (root.local !== 'svg' || root.uri !== 'http://www.w3.org/2000/svg') throw new Unfit('unknown_type');
    depth += 1;
  };
  parser.onclosetag = () => {
    depth -= 1;
  };
  parser.write(text).close();
  if (root === null) throw new Unfit('unknown_type');
  return root;
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i;

function sizeOfRoot({ attributes }: QualifiedTag): LogoSize | null {
  const textIn = (name: string) => (attributes[name] as QualifiedAttribute | undefined)?.value.trim() ?? '';
  const [width, height] = [textIn('width'), textIn('height')];
  const [unit, otherUnit] = [width, height].map((text) => text.replace(number, ''));
  const absolute = unit === otherUnit && /^(?:px|pt|pc|mm|cm|in|q)?$/i.test(unit ?? '');
  const box = textIn('viewBox')
    .split(/[\s,]+/)
    .slice(2, 4);
  for (const sides of [absolute ? [width, height] : [], box]) {
    const [across = 0, down = 0] = sides.map(Number.parseFloat);
    if (across > 0 && down > 0 && Number.isFinite(across / down)) return sizeOf(across, down);
  }
  return null;
}

/**
 * An SVG file may hold scripts and links: it is only ever shown as an image, which runs and loads nothing, and opened by itself it is
 * kept from both by its headers.
 */
function readSvg(body: Buffer): LogoSize {
  const text = textOf(body);
  if (notOfXml.test(text)) throw new Unfit('unknown_type');
  const size = sizeOfRoot(rootOf(text));
  if (size === null) throw new Unfit('no_size');
  return size;
}

/**
 * Reads what is to be a logo. The bytes alone say what it is: no name, and nothing that was said of them.
 * @returns the logo, or why it can't be one
 */
export function readLogoFile(body: Buffer): { readonly logo: LogoFile } | { readonly fault: LogoFault } {
  if (body.length === 0) return { fault: 'missing' };
  if (body.length > longestLogo) return { fault: 'too_large' };
  const isPng = body.subarray(0, pngSignature.length).equals(pngSignature);
  try {
    const size = isPng ? readPng(body) : readSvg(body);
    return { logo: { ...size, type: isPng ? 'image/png' : 'image/svg+xml', body } };
  } catch (error) {
    if (error instanceof Unfit) return { fault: error.fault };
    throw error;
  }
}
