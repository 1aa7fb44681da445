import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** What a module throws when its file can't be used. */
type SettingsFault = new (message: string, options?: ErrorOptions) => Error;

/**
 * A JSON file of settings that the environment names.
 * @param variable the one that names it
 * @param schema what its content has to be
 */
export function settingsFile<Schema extends z.ZodType>(
  variable: string,
  schema: Schema,
  Fault: SettingsFault,
) {
  function parse(filePath: string): unknown {
    try {
      return JSON.parse(readFileSync(filePath, 'utf8'));
    } catch (error) {
      const why = error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read';
      throw new Fault(`${variable} names ${filePath}, but ${why}`, { cause: error });
    }
  }

  const fault = (faults: readonly string[]) =>
    new Fault(`${variable} has faults:\n  - ${faults.join('\n  - ')}`);

  return {
    /** What to throw for faults that the schema does not know. */
    fault,
    /** @throws Fault naming each entry that is not as the schema wants it */
    read(filePath: string): z.output<Schema> {
      const parsed = schema.safeParse(parse(filePath));
      if (parsed.success) return parsed.data;
      throw fault(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
    },
  };
}
