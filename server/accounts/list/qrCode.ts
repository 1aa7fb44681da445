import { correction, generate } from 'lean-qr';
import { toSvgPath } from 'lean-qr/extras/svg';

/** A QR code, to be drawn as a path in an SVG with a side of `size`, its quiet zone included (ISO/IEC 18004, 9.1). */
export interface QrCode {
  readonly path: string;
  readonly size: number;
  /** How far the first module is from the edge. */
  readonly margin: number;
}

const margin = 4;

/** @param text of at most some 2,000 characters */
export function qrCodeOf(text: string): QrCode {
  const code = generate(text, { minCorrectionLevel: correction.L, maxCorrectionLevel: correction.M });
  return { path: toSvgPath(code), size: code.size + 2 * margin, margin };
}
