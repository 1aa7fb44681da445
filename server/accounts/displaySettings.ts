import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** How the operator wants one connection shown. */
export interface DisplaySettings {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly category?: string | undefined;
  /** An absolute path of an SVG or PNG file. */
  readonly logo?: string | undefined;
  readonly hidden?: boolean | undefined;
}

/** Settings by connection name, in the order in which the connections are shown. */
export type DisplaySettingsByName = ReadonlyMap<string, DisplaySettings>;

/** Thrown when `CONNECTIONS_FILE` can't be used. */
export class DisplaySettingsError extends Error {
  override readonly name = 'DisplaySettingsError';
}

const entry = z.strictObject({
  name: z.string().min(1).max(400),
  title: z.string().min(1).max(60).optional(),
  description: z.string().max(140).optional(),
  category: z.string().max(60).optional(),
  logo: z
    .string()
    .regex(/\.(svg|png)$/i, 'must be an .svg or .png file')
    .optional(),
  hidden: z.boolean().optional(),
});

const file = z.strictObject({ connections: z.array(entry).max(1000) });

function parseJson(filePath: string): unknown {
  try {
    return JSON.parse(readFileSync(filePath, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read';
    throw new DisplaySettingsError(`CONNECTIONS_FILE names ${filePath}, but ${why}`, { cause: error });
  }
}

/**
 * Reads the operator's display settings. Logos are found beside the file that names them.
 * @param filePath the file that `CONNECTIONS_FILE` names, or null for none
 * @throws DisplaySettingsError naming each entry that is not as it should be
 */
export function readDisplaySettings(filePath: string | null): DisplaySettingsByName {
  if (filePath === null) return new Map();
  const parsed = file.safeParse(parseJson(filePath));
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new DisplaySettingsError(`CONNECTIONS_FILE has faults:\n  - ${faults.join('\n  - ')}`);
  }
  const folder = path.dirname(path.resolve(filePath));
  return new Map(
    parsed.data.connections.map(({ name, logo, ...shown }) => [
      name,
      { ...shown, ...(logo === undefined ? {} : { logo: path.resolve(folder, logo) }) },
    ]),
  );
}
