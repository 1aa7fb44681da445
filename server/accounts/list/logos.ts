import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { CatalogueEntry } from './catalogue.js';

export interface Logo {
  readonly type: 'image/svg+xml' | 'image/png';
  readonly body: Buffer;
}

const require = createRequire(import.meta.url);
const iconFolder = path.join(path.dirname(require.resolve('simple-icons')), 'icons');

interface IconData {
  readonly title: string;
  readonly hex: string;
  readonly slug?: string;
}

/** The brand colours of simple-icons by slug, read when the first logo is asked for. */
async function readColours(): Promise<ReadonlyMap<string, string>> {
  const file = path.join(iconFolder, '..', 'data', 'simple-icons.json');
  const icons = JSON.parse(await readFile(file, 'utf8')) as readonly IconData[];
  return new Map(icons.map((icon) => [icon.slug ?? slugOf(icon.title), icon.hex]));
}

const slugOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The colours of well-known brands that simple-icons has no drawing of. */
const brandColours: Readonly<Record<string, string>> = {
  aws: '#b35900',
  linkedin: '#0a66c2',
  microsoftteams: '#5059c9',
  onedrive: '#0a63b8',
  openai: '#111111',
  outlook: '#0f6cbd',
  salesforce: '#0176b8',
  sharepoint: '#036c70',
  slack: '#4a154b',
};

/** A fixed hue for a name, so that a monogram keeps its colour. */
function hueOf(name: string): number {
  let hue = 0;
  for (const character of name) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hue;
}

/** A letter on a round ground, for a provider that has no logo here. */
function monogram(title: string, provider: string): Logo {
  const letter = [...title].find((character) => /[\p{L}\p{N}]/u.test(character)) ?? '·';
  const ground = brandColours[slugOf(provider)] ?? `hsl(${hueOf(title)} 30% 40%)`;
  const body = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="${ground}"/><text x="12" y="16.6" text-anchor="middle" font-family="system-ui, sans-serif" font-size="13" font-weight="600" fill="#fff">${letter.toUpperCase()}</text></svg>`;
  return { type: 'image/svg+xml', body: Buffer.from(body) };
}

async function operatorLogo(file: string): Promise<Logo> {
  const type = file.toLowerCase().endsWith('.png') ? 'image/png' : 'image/svg+xml';
  return { type, body: await readFile(file) };
}

/** Logos are made once and kept, since there are no more of them than connections. */
export function createLogos() {
  const kept = new Map<string, Promise<Logo>>();
  let colours: Promise<ReadonlyMap<string, string>> | null = null;

  async function providerLogo(provider: string): Promise<Logo | null> {
    const slug = slugOf(provider);
    const file = path.join(iconFolder, `${slug}.svg`);
    const found =
      slug !== '' &&
      (await access(file).then(
        () => true,
        () => false,
      ));
    if (!found) return null;
    colours ??= readColours();
    const colour = (await colours).get(slug) ?? '000000';
    const drawing = await readFile(file, 'utf8');
    return { type: 'image/svg+xml', body: Buffer.from(drawing.replace('<svg ', `<svg fill="#${colour}" `)) };
  }

  async function make(entry: CatalogueEntry): Promise<Logo> {
    if (entry.logoFile !== null) return operatorLogo(entry.logoFile);
    return (
      (await providerLogo(entry.connection.provider)) ?? monogram(entry.title, entry.connection.provider)
    );
  }

  return {
    /** The logo of a connection: the operator's file, else the provider's, else a monogram. */
    logoOf(entry: CatalogueEntry): Promise<Logo> {
      const { name } = entry.connection;
      const known = kept.get(name);
      if (known) return known;
      const logo = make(entry);
      kept.set(name, logo);
      logo.catch(() => kept.delete(name));
      return logo;
    },
  };
}

export type Logos = ReturnType<typeof createLogos>;
