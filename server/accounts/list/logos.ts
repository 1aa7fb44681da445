import { readFile } from 'node:fs/promises';
import ejs from 'ejs';
import type { RequestHandler } from 'express';
import { firstLetterOf } from '../../kernel/firstLetter.js';
import type { CatalogueEntry } from './catalogue.js';
import { logoSymbols } from './logoSymbols.js';
import { providerKeyOf } from './providers.js';

/** How a connection is drawn: as the operator's own image, else as its provider's logo, else as a letter. */
export type Logo =
  | { readonly kind: 'image'; readonly url: string }
  | { readonly kind: 'symbol'; readonly key: string }
  | { readonly kind: 'letter'; readonly letter: string };

/**
 * The logo of a connection.
 * @param entry undefined where the catalogue does not have it
 * @param url where the operator's own image is, if there is one
 */
export function logoOf(entry: CatalogueEntry | undefined, title: string, url: string): Logo {
  if (entry !== undefined && entry.logoFile !== null) return { kind: 'image', url };
  const key = entry === undefined ? '' : providerKeyOf(entry.connection.provider);
  return Object.hasOwn(logoSymbols, key)
    ? { kind: 'symbol', key }
    : { kind: 'letter', letter: firstLetterOf(title) };
}

/**
 * Draws the logos of one page. It gives markup: of ours, but for the address of an image and the letter, which it escapes. A symbol
 * stands once at the end of a page, however often it is used, so that no two logos share an id.
 */
function createPageLogos() {
  const used = new Set<string>();
  return {
    draw(logo: Logo): string {
      switch (logo.kind) {
        case 'image':
          return `<img class="logo" src="${ejs.escapeXML(logo.url)}" alt="" width="32" height="32">`;
        case 'letter':
          return `<span class="logo letter" aria-hidden="true">${ejs.escapeXML(logo.letter)}</span>`;
        case 'symbol':
          used.add(logo.key);
          return `<svg class="logo" aria-hidden="true" width="32" height="32"><use href="#logo-${logo.key}"/></svg>`;
      }
    },
    /** What was drawn so far, in an order that does not depend on where. */
    symbols: (): string =>
      [...used]
        .sort()
        .map((key) => logoSymbols[key])
        .join('\n'),
  };
}

/** A provider's logo as a file of its own, as it is on a light ground. @param key of `logoSymbols` */
export const symbolFile = (key: string): string =>
  (logoSymbols[key] ?? '')
    .replace(/^<symbol id="[^"]*"/, '<svg xmlns="http://www.w3.org/2000/svg"')
    .replace(/<\/symbol>$/, '</svg>')
    .replace(/var\(--logo-ink,(#[\da-f]+)\)/g, '$1');

/** Gives the views of each answer their `logos`. */
export const logoLocals: RequestHandler = (_request, response, next) => {
  response.locals.logos = createPageLogos();
  next();
};

interface LogoFile {
  readonly type: 'image/svg+xml' | 'image/png';
  readonly body: Buffer;
}

async function readLogo(file: string): Promise<LogoFile> {
  const type = file.toLowerCase().endsWith('.png') ? 'image/png' : 'image/svg+xml';
  return { type, body: await readFile(file) };
}

/** The operator's own logos, read once and kept: there are no more of them than connections. */
export function createLogoFiles() {
  const kept = new Map<string, Promise<LogoFile>>();
  return {
    /** The operator's logo of a connection, or null for none. */
    async of({ logoFile }: CatalogueEntry): Promise<LogoFile | null> {
      if (logoFile === null) return null;
      const known = kept.get(logoFile);
      if (known) return known;
      const logo = readLogo(logoFile);
      kept.set(logoFile, logo);
      logo.catch(() => kept.delete(logoFile));
      return logo;
    },
  };
}

export type LogoFiles = ReturnType<typeof createLogoFiles>;
