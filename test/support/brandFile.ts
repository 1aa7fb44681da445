import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const svg = (fill: string, viewBox: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}"><rect width="100%" height="100%" fill="${fill}"/></svg>`;

/** A 1×1 PNG. */
export const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** The header of a PNG of 60,000 pixels by one. */
const wide = Buffer.from(onePixel);
wide.writeUInt32BE(60_000, 16);

/** Writes a brand beside some pictures: `light.svg`, `dark.svg`, `huge.svg`, `icon.png`, `wide.png` and `lying.png`. @returns its file */
export async function writeBrand(brand: unknown): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-brand-'));
  const write = (name: string, content: string | Buffer) => writeFile(path.join(folder, name), content);
  await write('light.svg', svg('#123456', '0 0 200 40'));
  await write('dark.svg', svg('#abcdef', '0 0 200 40'));
  await write('huge.svg', svg('#123456', '0 0 90000 10'));
  await write('icon.png', onePixel);
  await write('wide.png', wide);
  await write('lying.png', svg('#123456', '0 0 1 1'));
  await write('brand.json', typeof brand === 'string' ? brand : JSON.stringify(brand));
  return path.join(folder, 'brand.json');
}
