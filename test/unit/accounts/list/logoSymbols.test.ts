import { logoSymbols } from '../../../../server/accounts/list/logoSymbols.js';
import { providerKeyOf } from '../../../../server/accounts/list/providers.js';
import { attacks, describe, expect, it } from '../../../support/jest.js';

const shipped = Object.entries(logoSymbols);

/** Everything that a pattern finds, by its first group. */
const found = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map(([, part = '']) => part);

/** The relative luminance of a colour in hexadecimal digits (WCAG 2.2). */
function luminanceOf(colour: string): number {
  const digits = colour.slice(1);
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(colour: string, ground: string): number {
  const [less = 0, more = 0] = [luminanceOf(colour), luminanceOf(ground)].sort((one, other) => one - other);
  return (more + 0.05) / (less + 0.05);
}

describe('every logo that is shipped', () => {
  it('belongs to a key by which providers are known', () => {
    expect(shipped.filter(([key]) => providerKeyOf(key.toUpperCase()) !== key)).toEqual([]);
  });

  it('is one symbol by the name of its provider, and whole', () => {
    expect(shipped.length).toBeGreaterThan(100);
    for (const [key, svg] of shipped) {
      expect([key, svg]).toEqual([
        key,
        expect.stringMatching(/^<symbol id="logo-[a-z0-9]+"[^<]*>.+<\/symbol>$/s),
      ]);
      expect([key, found(svg, /<symbol id="logo-([a-z0-9]+)"/g)]).toEqual([key, [key]]);
      const open = found(svg, /<(\w+)(?:\s[^<>]*)?(?<!\/)>/g);
      expect([key, found(svg, /<\/(\w+)>/g).sort()]).toEqual([key, open.sort()]);
    }
  });

  it('fits a tile: no side is more than 1.7 times the other, and it has at most 8 kB', () => {
    for (const [key, svg] of shipped) {
      const [, , width = 0, height = 0] =
        found(svg, /viewBox="([^"]+)"/g)[0]
          ?.split(' ')
          .map(Number) ?? [];
      expect([key, Math.max(width / height, height / width) <= 1.7]).toEqual([key, true]);
      expect([key, Buffer.byteLength(svg) <= 8192]).toEqual([key, true]);
    }
  });

  it('has nothing that the Content-Security-Policy blocks, runs, or is asked for elsewhere', () => {
    attacks('no-inline-code');
    const shapes =
      /^(symbol|defs|g|path|circle|ellipse|rect|polygon|mask|clipPath|linearGradient|radialGradient|stop|use)$/;
    for (const [key, svg] of shipped) {
      const others = found(svg, /<(\w+)/g).filter((name) => !shapes.test(name));
      expect([key, others]).toEqual([key, []]);
      expect([key, found(svg, /\s(style|class|on\w+|src|xlink:\w+)=/g)]).toEqual([key, []]);
      const references = [...found(svg, /href="([^"]*)"/g), ...found(svg, /url\(([^)]*)\)/g)];
      expect([key, references.filter((reference) => !reference.startsWith('#'))]).toEqual([key, []]);
    }
  });

  it('shares no id with another, and refers to its own alone', () => {
    const ids = shipped.flatMap(([, svg]) => found(svg, /\sid="([^"]+)"/g));
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const [key, svg] of shipped) {
      const own = found(svg, /\sid="([^"]+)"/g);
      const meant = [...found(svg, /href="#([^"]*)"/g), ...found(svg, /url\(#([^)]*)\)/g)];
      expect([key, meant.filter((id) => !own.includes(id))]).toEqual([key, []]);
    }
  });

  it.each([
    ['light', '#ffffff', (svg: string) => svg.replace(/var\(--logo-ink,(#\w+)\)/g, '$1')],
    ['dark', '#24262c', (svg: string) => svg.replace(/var\(--logo-ink,#\w+\)/g, '#ededf0')],
  ])('can be seen on a %s tile', (_theme, tile, drawn) => {
    for (const [key, svg] of shipped) {
      const colours = found(
        drawn(svg).replaceAll('"red"', '"#f00"').replaceAll('"gold"', '"#ffd700"'),
        /(?:fill|stroke|stop-color)="(#[\da-f]+)"/g,
      );
      const best = Math.max(...colours.map((colour) => contrast(colour, tile)));
      expect([key, best >= 1.5]).toEqual([key, true]);
    }
  });
});
