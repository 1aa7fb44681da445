import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { settingsFile } from '../../config/settingsFile.js';
import { defaultLanguage, languageTag } from '../../words/words.js';

/** A text for every reader, or one for each language, English at least: who reads another one gets that. */
export type OwnText = string | Readonly<Record<string, string>>;

/** How the operator wants one connection shown. */
export interface DisplaySettings {
  readonly title?: string | undefined;
  readonly description?: OwnText | undefined;
  readonly category?: OwnText | undefined;
  /** An absolute path of an SVG or PNG file. */
  readonly logo?: string | undefined;
  /** The page on which users find or make a key: an https address. */
  readonly key_url?: string | undefined;
  readonly hidden?: boolean | undefined;
  /** Accounts may be activated elsewhere, such as by an import of the operator's backend, without an alarm. */
  readonly trusted_activation?: boolean | undefined;
  /** False to ask nothing. The app knows the best known providers by itself. */
  readonly identity?: false | IdentitySettings | undefined;
}

/** How the operator has the provider asked whose account it is. */
export interface IdentitySettings {
  /** Relative to the provider's API host. */
  readonly path: string;
  /** Paths into the JSON of the answer: what to show, and what tells accounts apart. */
  readonly name: string;
  readonly id: string;
}

/** Settings by connection name, in the order in which the connections are shown. */
export type DisplaySettingsByName = ReadonlyMap<string, DisplaySettings>;

/** Thrown when `CONNECTIONS_FILE` can't be used. */
export class DisplaySettingsError extends Error {
  override readonly name = 'DisplaySettingsError';
}

const field = z.string().regex(/^[\w@-]+(\.[\w@-]+){0,9}$/, 'must name a field, such as user.email');

const ownText = (maxLength: number) =>
  z.union(
    [
      z.string().max(maxLength),
      z
        .record(z.string().regex(languageTag), z.string().max(maxLength))
        .refine((texts) => defaultLanguage in texts),
    ],
    `must be a text of at most ${maxLength} characters, or one for each language, such as {"en": "…", "ja": "…"}`,
  );

const entry = z.strictObject({
  name: z.string().min(1).max(400),
  title: z.string().min(1).max(60).optional(),
  description: ownText(140).optional(),
  category: ownText(60).optional(),
  logo: z
    .string()
    .regex(/\.(svg|png)$/i, 'must be an .svg or .png file')
    .optional(),
  key_url: z
    .url({ protocol: /^https$/, error: 'must be an https address' })
    .max(2000)
    .optional(),
  hidden: z.boolean().optional(),
  trusted_activation: z.boolean().optional(),
  identity: z
    .literal(false)
    .or(
      z.strictObject({
        path: z.string().regex(/^\/(?!\/)[\x21-\x7e]{0,300}$/, 'must be a path on the provider’s API host'),
        name: field,
        id: field,
      }),
    )
    .optional(),
});

const file = settingsFile(
  'CONNECTIONS_FILE',
  z.strictObject({ connections: z.array(entry).max(1000) }),
  DisplaySettingsError,
);

/**
 * Reads the operator's display settings. Logos are found beside the file that names them.
 * @param filePath the file that `CONNECTIONS_FILE` names, or null for none
 * @throws DisplaySettingsError naming each entry that is not as it should be
 */
export function readDisplaySettings(filePath: string | null): DisplaySettingsByName {
  if (filePath === null) return new Map();
  const { connections } = file.read(filePath);
  const folder = path.dirname(path.resolve(filePath));
  const entries = connections.map(({ logo, ...shown }) => ({
    ...shown,
    ...(logo === undefined ? {} : { logo: path.resolve(folder, logo) }),
  }));
  const faults = entries.flatMap((shown, index) => faultsOf(shown, entries.slice(0, index), index));
  if (faults.length > 0) throw file.fault(faults);
  return new Map(entries.map(({ name, ...shown }) => [name, shown]));
}

interface NamedSettings extends DisplaySettings {
  readonly name: string;
}

/** The faults that an entry's form does not show. */
function faultsOf({ name, logo }: NamedSettings, before: readonly NamedSettings[], index: number): string[] {
  const faults: string[] = [];
  if (before.some((other) => other.name === name)) faults.push(`connections.${index}.name: is there twice`);
  if (logo !== undefined && !existsSync(logo)) faults.push(`connections.${index}.logo: there is no ${logo}`);
  return faults;
}
