import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { settingsFile } from '../config/settingsFile.js';
import { parsedUrl } from '../kernel/parsedUrl.js';
import { plainName } from '../kernel/plainText.js';
import { appMessages, type MessageTexts } from '../words/words.js';
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
    isLink,
    'must be an https address without a password, or a mailto address with somebody to write to',
  );

function isLink(value: string): boolean {
  const url = parsedUrl(value);
  if (url?.protocol === 'mailto:') return /^[^@\s]+@[^@\s]+$/.test(url.pathname);
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}

const largestPicture = 256 * 1024;

/** In pixels, of a side. */
const longestSide = 2048;

/** What files of an ending begin with. */
const beginnings: Readonly<Record<string, (body: Buffer) => boolean>> = {
  png: (body) => body.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n',
  ico: (body) => body.readUInt32LE(0) === 0x10000,
  svg: (body) =>
    /^\s*(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(body.subarray(0, 4096).toString()),
};

/** Whether a PNG file (its header comes first: PNG, third edition, 11.2.1) unfolds to more than anybody shows. */
const isHuge = (body: Buffer) =>
  body.length >= 24 && Math.max(body.readUInt32BE(16), body.readUInt32BE(20)) > longestSide;

function pictureFault(ending: string, body: Buffer): string | null {
  if (body.length > largestPicture) return 'has more than 256 kB';
  if (body.length < 8 || !beginnings[ending]?.(body)) return `is no ${ending.toUpperCase()}`;
  return ending === 'png' && isHuge(body) ? `has more than ${longestSide} pixels on a side` : null;
}

/** A picture beside the file that names it. @param folder that of the file */
const picture = (folder: string, ...endings: string[]) =>
  z.string().transform((name, context): Picture => {
    const refuse = (fault: string) => {
      context.addIssue(fault);
      return z.NEVER;
    };
    const ending = path.extname(name).slice(1).toLowerCase();
    if (!endings.includes(ending))
      return refuse(`must be an ${endings.map((one) => `.${one}`).join(' or ')} file`);
    const file = path.resolve(folder, name);
    try {
      const body = readFileSync(file);
      const fault = pictureFault(ending, body);
      return fault === null ? { ending, body } : refuse(fault);
    } catch {
      return refuse(`there is no ${file}`);
    }
  });

const accent = z
  .string()
  .max(100)
  .transform((value, context) => {
    const tokens = accentTokens(value);
    if (tokens !== null) return tokens;
    context.addIssue('must be a colour that CSS knows and that nothing shows through, such as #0a7c66');
    return z.NEVER;
  });

type Messages = Readonly<Record<string, MessageTexts>>;

/** @param folder where pictures are looked for. @param messages those of the app */
const content = (folder: string, messages: Messages) =>
  z.strictObject({
    name: nameOf(60),
    assistant: nameOf(60).nullable().default(null),
    logo: z
      .strictObject({
        light: picture(folder, 'svg', 'png'),
        dark: picture(folder, 'svg', 'png').nullable().default(null),
      })
      .nullable()
      .default(null),
    favicon: picture(folder, 'svg', 'png', 'ico').nullable().default(null),
    accent: accent.nullable().default(null),
    links: z
      .strictObject({
        support: link.nullable().default(null),
        privacy: link.nullable().default(null),
        legal: link.nullable().default(null),
      })
      .prefault({}),
    words: z
      .record(z.string(), z.record(z.string(), z.string()))
      .superRefine((words, context) => {
        for (const { at, fault } of ownWordsFaults(words, messages))
          context.addIssue({ code: 'custom', path: at, message: fault });
      })
      .default({}),
  });

/**
 * Reads the operator's brand. Pictures are found beside the file that names them.
 * @param filePath the file that `BRAND_FILE` names, or null for none
 * @throws BrandError naming each part that is not as it should be
 */
export function readBrand(filePath: string | null, messages: Messages = appMessages()): Brand {
  if (filePath === null) return projectBrand;
  const folder = path.dirname(path.resolve(filePath));
  return { isOwn: true, ...settingsFile('BRAND_FILE', content(folder, messages), BrandError).read(filePath) };
}
