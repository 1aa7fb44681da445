import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { settingsFile } from '../config/settingsFile.js';
import { parsedUrl } from '../kernel/parsedUrl.js';
import { plainName } from '../kernel/plainText.js';
import { type MessageTexts, readMessages } from '../words/words.js';
import { type AccentTokens, accentTokens } from './accent.js';
import { type OwnWords, ownWordsFaults } from './ownWords.js';

/** A picture, as it is in its file. */
export interface Picture {
  /** `svg`, `png` or `ico`, which its bytes are too. */
  readonly ending: string;
  readonly body: Buffer;
}

export interface BrandLinks {
  readonly support: string | null;
  readonly privacy: string | null;
  readonly legal: string | null;
}

/** Under whose name users meet the app. */
export interface Brand {
  /** Whether the operator gave it: then nothing of this project is shown. */
  readonly isOwn: boolean;
  readonly name: string;
  /** What uses the connections, or null for “your assistant”. */
  readonly assistant: string | null;
  /** In the header, or null for the name in words. `dark` is null where the same is shown in both themes. */
  readonly logo: { readonly light: Picture; readonly dark: Picture | null } | null;
  readonly favicon: Picture | null;
  readonly accent: AccentTokens | null;
  readonly links: BrandLinks;
  readonly words: OwnWords;
}

/** Thrown when `BRAND_FILE` can't be used. */
export class BrandError extends Error {
  override readonly name = 'BrandError';
}

/** Without a file. */
const projectBrand: Brand = {
  isOwn: false,
  name: 'Connect accounts',
  assistant: null,
  logo: null,
  favicon: null,
  accent: null,
  links: { support: null, privacy: null, legal: null },
  words: {},
};

const nameOf = (maxLength: number) =>
  z
    .string()
    .max(maxLength, `must have at most ${maxLength} characters`)
    .transform((value, context) => {
      const name = plainName(value);
      if (name !== null) return name;
      context.addIssue('must be a name that can be read');
      return z.NEVER;
    });

const link = z
  .string()
  .max(2000)
  .refine(
    (value) => ['https:', 'mailto:'].includes(parsedUrl(value)?.protocol ?? ''),
    'must be an https or a mailto address',
  );

const picture = (...endings: string[]) =>
  z
    .string()
    .regex(
      new RegExp(`\\.(${endings.join('|')})$`, 'i'),
      `must be an ${endings.map((one) => `.${one}`).join(' or ')} file`,
    );

const accent = z
  .string()
  .max(100)
  .transform((value, context) => {
    const tokens = accentTokens(value);
    if (tokens !== null) return tokens;
    context.addIssue('must be a colour that CSS knows and that nothing shows through, such as #0a7c66');
    return z.NEVER;
  });

const content = z.strictObject({
  name: nameOf(60),
  assistant: nameOf(60).optional(),
  logo: z.strictObject({ light: picture('svg', 'png'), dark: picture('svg', 'png').optional() }).optional(),
  favicon: picture('svg', 'png', 'ico').optional(),
  accent: accent.optional(),
  links: z
    .strictObject({ support: link.optional(), privacy: link.optional(), legal: link.optional() })
    .optional(),
  words: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

const file = settingsFile('BRAND_FILE', content, BrandError);

const largestPicture = 256 * 1024;

/** What files of an ending begin with. */
const beginnings: Readonly<Record<string, (body: Buffer) => boolean>> = {
  png: (body) => body.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n',
  ico: (body) => body.readUInt32LE(0) === 0x10000,
  svg: (body) =>
    /^\s*(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(body.subarray(0, 4096).toString()),
};

/** Reads the pictures beside a file, and collects what is wrong with them. */
function createPictureReader(folder: string) {
  const faults: string[] = [];
  const read = (at: string, name: string): Picture => {
    const ending = path.extname(name).slice(1).toLowerCase();
    const file = path.resolve(folder, name);
    try {
      const body = readFileSync(file);
      if (body.length > largestPicture) faults.push(`${at}: has more than 256 kB`);
      else if (body.length < 8 || !beginnings[ending]?.(body))
        faults.push(`${at}: is no ${ending.toUpperCase()}`);
      return { ending, body };
    } catch {
      faults.push(`${at}: there is no ${file}`);
      return { ending, body: Buffer.alloc(0) };
    }
  };
  return { faults, read };
}

/**
 * Reads the operator's brand. Pictures are found beside the file that names them.
 * @param filePath the file that `BRAND_FILE` names, or null for none
 * @throws BrandError naming each part that is not as it should be
 */
export function readBrand(
  filePath: string | null,
  messages: Readonly<Record<string, MessageTexts>> = readMessages(),
): Brand {
  if (filePath === null) return projectBrand;
  const {
    name,
    assistant = null,
    logo,
    favicon,
    accent = null,
    links = {},
    words = {},
  } = file.read(filePath);
  const pictures = createPictureReader(path.dirname(path.resolve(filePath)));
  const brand: Brand = {
    isOwn: true,
    name,
    assistant,
    logo:
      logo === undefined
        ? null
        : {
            light: pictures.read('logo.light', logo.light),
            dark: logo.dark === undefined ? null : pictures.read('logo.dark', logo.dark),
          },
    favicon: favicon === undefined ? null : pictures.read('favicon', favicon),
    accent,
    links: { support: links.support ?? null, privacy: links.privacy ?? null, legal: links.legal ?? null },
    words,
  };
  const faults = [...pictures.faults, ...ownWordsFaults(words, messages)];
  if (faults.length > 0) throw file.fault(faults);
  return brand;
}
