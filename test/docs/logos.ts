import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type CustomPlugin, optimize, type PluginConfig, type XastElement } from 'svgo';
import { logoSources } from './logoSources.js';

const require = createRequire(import.meta.url);
const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

interface IconSet {
  readonly icons: Readonly<
    Record<string, { readonly body: string; readonly width?: number; readonly height?: number }>
  >;
  readonly width: number;
  readonly height: number;
}

/** The drawings of both packages, each as a whole SVG. */
function openPackages() {
  const inColour = readJson<IconSet>(require.resolve('@iconify-json/logos/icons.json'));
  const inOneColour = readJson<readonly { title: string; hex: string; slug?: string }[]>(
    require.resolve('simple-icons/icons.json'),
  );
  const slugOf = (title: string) => title.toLowerCase().replace(/[^a-z0-9]/g, '');
  const colours = new Map(inOneColour.map(({ title, slug, hex }) => [slug ?? slugOf(title), hex]));
  return (source: string): string => {
    const [from, name = ''] = source.split(':');
    if (from === 'simple') {
      const drawing = readFileSync(require.resolve(`simple-icons/icons/${name}.svg`), 'utf8');
      return drawing.replace('<svg ', `<svg fill="#${colours.get(name)}" `);
    }
    const icon = inColour.icons[name];
    if (icon === undefined) throw new Error(`There is no ${source}`);
    const { body, width = inColour.width, height = inColour.height } = icon;
    return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${width} ${height}">${body}</svg>`;
  };
}

/** The share of light that a colour gives back, from 0 to 1 (WCAG 2.2, relative luminance). */
function luminanceOf(colour: string): number | null {
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(colour)?.[1];
  if (hex === undefined) return null;
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const darkTileLuminance = luminanceOf('#24262c') ?? 0;
/** Below this contrast a shape can't be told from the tile behind it. */
const visibleFrom = 2.2;
/** A part as light as this is a ground of its own. */
const lightFrom = 0.6;
const vanishes = (luminance: number) => (luminance + 0.05) / (darkTileLuminance + 0.05) < visibleFrom;

const shapes: ReadonlySet<string> = new Set([
  'path',
  'circle',
  'ellipse',
  'rect',
  'polygon',
  'polyline',
  'line',
]);

/** Says the black that a shape has when nothing says otherwise, so that it can be turned. */
const sayBlack: CustomPlugin = {
  name: 'sayBlack',
  fn: () => {
    const path: XastElement[] = [];
    return {
      element: {
        enter(node) {
          path.push(node);
          const isSaid = path.some(({ attributes }) => attributes.fill !== undefined);
          if (shapes.has(node.name) && !isSaid) node.attributes.fill = '#000';
        },
        exit() {
          path.pop();
        },
      },
    };
  },
};

/**
 * Lets the theme turn what would vanish on a dark tile (`--logo-ink` in `public/css/app.css`). A logo that has a light part of its
 * own stays as it is: its dark parts stand on that.
 */
function turnDark(drawn: string): string {
  const colours = [...drawn.matchAll(/(?:fill|stroke|stop-color)="([^"]+)"/g)].map(
    ([, colour = '']) => colour,
  );
  const luminances = colours.flatMap((colour) => luminanceOf(colour) ?? []);
  if (luminances.some((luminance) => luminance > lightFrom)) return drawn;
  return drawn.replace(/(fill|stroke|stop-color)="(#[\da-f]+)"/g, (all, name: string, colour: string) =>
    vanishes(luminanceOf(colour) ?? 1) ? `${name}="var(--logo-ink,${colour})"` : all,
  );
}

const plugins = (key: string): PluginConfig[] => [
  'removeScripts',
  'removeTitle',
  { name: 'inlineStyles', params: { onlyMatchedOnce: false } },
  'convertStyleToAttrs',
  'removeStyleElement',
  sayBlack,
  {
    name: 'preset-default',
    params: { overrides: { removeUnknownsAndDefaults: { defaultAttrs: false } } },
  },
  'removeXlink',
  { name: 'prefixIds', params: { prefix: `logo-${key}`, delim: '-' } },
  'removeXMLNS',
];

/** A logo as a symbol of a page. Its ids begin with its own name, since a page holds several logos. */
function symbolOf(key: string, svg: string): string {
  const width = Number(/viewBox="0 0 ([\d.]+) /.exec(svg)?.[1]);
  const floatPrecision = width < 64 ? 2 : 1;
  const { data } = optimize(svg, { plugins: plugins(key), floatPrecision, multipass: false });
  const [, attributes = '', body = ''] = /^<svg([^>]*)>(.*)<\/svg>$/s.exec(data) ?? [];
  return turnDark(`<symbol id="logo-${key}"${attributes}>${body}</symbol>`);
}

/** Makes `server/accounts/list/logoSymbols.ts`: the logos that the app ships, by the provider's key. */
export function logoSymbols(): string {
  const drawingOf = openPackages();
  const symbols = Object.entries(logoSources).map(
    ([key, source]) => `  ${key}: '${symbolOf(key, drawingOf(source))}',\n`,
  );
  return `/**
 * The logos of providers as SVG symbols, by the provider's key. Made by \`npm run docs\` (\`test/docs/logoSources.ts\` says from what):
 * the drawings are those of \`@iconify-json/logos\` and \`simple-icons\`, both in the public domain (CC0 1.0), made smaller and rid of
 * what the pages' Content-Security-Policy blocks. The logos are trademarks of their owners.
 */
export const logoSymbols: Readonly<Record<string, string>> = {
${symbols.join('')}};
`;
}
