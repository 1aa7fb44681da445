import { DomainError } from '../../kernel/errors.js';
import { unlistedTitle } from '../../kernel/plainText.js';
import type { CatalogueEntry, CatalogueReader } from './catalogue.js';

/** The connections as admins see them: those of the catalogue, as far as it is known, and any other by its name. */
export interface ConnectionNames {
  readonly entries: readonly CatalogueEntry[];
  /** Whether the catalogue could be read. */
  readonly isKnown: boolean;
  find(connectionName: string): CatalogueEntry | undefined;
  /** What a connection is called: its title, or its name where the catalogue has none. */
  titleOf(connectionName: string): string;
}

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
    titleOf: (connectionName) => known?.titleOf(connectionName) ?? unlistedTitle(connectionName),
  };
}
