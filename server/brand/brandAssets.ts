import { accentStyle } from './accent.js';
import type { Brand } from './brand.js';

/** A file that is made or read at the start, to be served beside those of `public/`. */
export interface MadeFile {
  readonly name: string;
  readonly body: Buffer;
}

const names = {
  style: 'brand.css',
  light: 'brand-light',
  dark: 'brand-dark',
  favicon: 'brand-icon',
} as const;

/** The files of a brand. */
export function brandFiles({ accent, logo, favicon }: Brand): MadeFile[] {
  const picture = (name: string, of: { readonly ending: string; readonly body: Buffer } | null) =>
    of === null ? [] : [{ name: `${name}.${of.ending}`, body: of.body }];
  return [
    ...(accent === null ? [] : [{ name: names.style, body: Buffer.from(accentStyle(accent)) }]),
    ...picture(names.light, logo?.light ?? null),
    ...picture(names.dark, logo?.dark ?? null),
    ...picture(names.favicon, favicon),
  ];
}

/** What pages show of a brand. Addresses have the hash of what is there. */
export interface ShownBrand {
  readonly isOwn: boolean;
  readonly logo: { readonly light: string; readonly dark: string | null } | null;
  /** That of this project unless the brand is the operator's; null where theirs has none. */
  readonly faviconUrl: string | null;
  readonly styleUrl: string | null;
  readonly links: Brand['links'];
}

/** @param urlOf the address of a file */
export function shownBrand(
  { isOwn, accent, logo, favicon, links }: Brand,
  urlOf: (name: string) => string,
): ShownBrand {
  const ownFavicon = favicon === null ? null : urlOf(`${names.favicon}.${favicon.ending}`);
  return {
    isOwn,
    logo:
      logo === null
        ? null
        : {
            light: urlOf(`${names.light}.${logo.light.ending}`),
            dark: logo.dark === null ? null : urlOf(`${names.dark}.${logo.dark.ending}`),
          },
    faviconUrl: isOwn ? ownFavicon : urlOf('favicon.svg'),
    styleUrl: accent === null ? null : urlOf(names.style),
    links,
  };
}
