import type { CatalogueEntry, CatalogueReader } from '../accounts/catalogue.js';
import { DomainError } from '../errors.js';
import { plainName } from '../identity/claims.js';
import { withoutUnseen } from '../identity/unseen.js';

/** The connections as admins see them: those of the catalogue, as far as it is known, and any other by its name. */
export interface ConnectionNames {
  readonly entries: readonly CatalogueEntry[];
  /** Whether the catalogue could be read. */
  readonly isKnown: boolean;
  find(connectionName: string): CatalogueEntry | undefined;
  /** What a connection is called: its title, or its name where the catalogue has none. */
  titleOf(connectionName: string): string;
}

/** Takes away what would turn or break the text around it; the rest is shown as it is. */
export const inOneLine = (text: string): string => withoutUnseen(text).trim();

/** An entry with its title as pages of admins have it. */
export const plainly = (entry: CatalogueEntry): CatalogueEntry => ({
  ...entry,
  title: plainName(entry.title) ?? inOneLine(entry.connection.name),
});

/** Reads the catalogue for a page that has to work without it, too. */
export async function readConnectionNames(catalogue: CatalogueReader): Promise<ConnectionNames> {
  const known = await catalogue.read().catch((error: unknown) => {
    if (error instanceof DomainError) return null;
    throw error;
  });
  const find = (connectionName: string) => known?.find(connectionName);
  return {
    entries: known?.all ?? [],
    isKnown: known !== null,
    find,
    titleOf: (connectionName) =>
      plainName(find(connectionName)?.title ?? '') ?? plainName(connectionName) ?? inOneLine(connectionName),
  };
}
