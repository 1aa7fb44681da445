import { crc32 } from 'node:zlib';
import sax, { type QualifiedAttribute, type QualifiedTag } from 'sax';
import { parsedUrl } from '../../kernel/parsedUrl.js';

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
  | 'too_complex'
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

/** A part of an SVG file: how many elements it has, and the ids of the parts that it repeats. */
interface Part {
  count: number;
  readonly repeated: string[];
}

const mostElements = 20_000;
const deepest = 200;

const attribute = ({ attributes }: QualifiedTag, name: string): string =>
  (attributes[name] as QualifiedAttribute | undefined)?.value ?? '';

/** The id that a reference names, as browsers read it (URL Standard). */
function idIn(reference: string): string {
  const base = 'http://localhost/';
  const hash = parsedUrl(reference, base)?.hash ?? '';
  const bytes = hash
    .slice(1)
    .replace(/%([0-9a-f]{2})/gi, (_, byte) => String.fromCharCode(Number(`0x${byte}`)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** What an element repeats, also what an animation has it repeat. */
function repeatedBy(tag: QualifiedTag): string[] {
  if (!['use', 'set', 'animate'].includes(tag.local)) return [];
  return Object.values(tag.attributes as Record<string, QualifiedAttribute>)
    .filter(({ local }) => ['href', 'to', 'from', 'by', 'values'].includes(local))
    .flatMap(({ value }) => value.split(';'))
    .map(idIn)
    .filter((id) => id !== '');
}

/** Counts what a browser draws of parts that repeat parts that repeat parts: a few lines can be billions of elements. */
function createWeighing() {
  const byId = new Map<string, Part[]>();
  const open: { readonly part: Part; readonly id: string }[] = [];
  const known = new Map<string, number>();

  function countOf(id: string, depth: number): number {
    const before = known.get(id);
    if (before !== undefined) return before;
    if (depth > deepest) throw new Unfit('too_complex');
    // Browsers draw no part within itself. How much they draw around it can't be told apart, so that it has no end here.
    known.set(id, Number.POSITIVE_INFINITY);
    const count = (byId.get(id) ?? []).reduce((sum, part) => sum + drawnOf(part, depth + 1), 0);
    known.set(id, count);
    return count;
  }

  const drawnOf = ({ count, repeated }: Part, depth = 0): number =>
    repeated.reduce((sum, id) => sum + countOf(id, depth), count);

  return {
    open(tag: QualifiedTag): void {
      if (open.length === deepest) throw new Unfit('too_complex');
      open.push({ part: { count: 1, repeated: repeatedBy(tag) }, id: attribute(tag, 'id') });
    },
    close(): void {
      const closed = open.pop();
      if (closed === undefined) return;
      const { part, id } = closed;
      const same = byId.get(id);
      if (same === undefined) byId.set(id, [part]);
      else same.push(part);
      const around = open.at(-1)?.part;
      if (around === undefined) {
        if (drawnOf(part) > mostElements) throw new Unfit('too_complex');
        return;
      }
      around.count += part.count;
      for (const one of part.repeated) around.repeated.push(one);
    },
    depth: () => open.length,
  };
}

/** The root of an XML text that is well formed and declares no type of its own, and with it no entities. */
function rootOf(text: string): QualifiedTag {
  let root: QualifiedTag | null = null;
  const weighing = createWeighing();
  // Its types leave one of the options out, without which the entities of HTML would be known.
  const options = { xmlns: true, position: false, strictEntities: true };
  const parser = sax.parser(true, options);
  parser.onerror = () => {
    throw new Unfit(root === null ? 'unknown_type' : 'malformed');
  };
  parser.ondoctype = (doctype) => {
    throw new Unfit(/^\s*svg\b/i.test(doctype) ? 'doctype' : 'unknown_type');
  };
  parser.onopentag = (opened) => {
    const tag = opened as QualifiedTag;
    if (root !== null && weighing.depth() === 0) throw new Unfit('malformed');
    root ??= tag;
    if (root.local !== 'svg' || root.uri !== 'http://www.w3.org/2000/svg') throw new Unfit('unknown_type');
    weighing.open(tag);
  };
  parser.onclosetag = weighing.close;
  parser.write(text).close();
  if (root === null) throw new Unfit('unknown_type');
  return root;
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i;

function sizeOfRoot(root: QualifiedTag): LogoSize | null {
  const textIn = (name: string) => attribute(root, name).trim();
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
