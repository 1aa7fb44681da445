import type { CatalogueReader } from '../../accounts/list/catalogue.js';
import { type ConnectionNames, readConnectionNames } from '../../accounts/list/connectionNames.js';
import type { ApiClients } from '../../identity/clients/apiClients.js';
import { inOneLine } from '../../kernel/plainText.js';

/** An API client as events tell of it. */
export interface NamedClient {
  readonly id: string;
  readonly name: string;
}

/** What those whom events are about are called. */
export interface EventNames extends ConnectionNames {
  /** The API clients that are known, revoked ones included, by their names. */
  readonly clients: readonly NamedClient[];
}

/** What a client is called where only names stand: with the beginning of its id when another has the same name. */
export function clientLabel({ id, name }: NamedClient, { clients }: EventNames): string {
  const shown = inOneLine(name);
  const isShared = clients.some((other) => other.id !== id && inOneLine(other.name) === shown);
  return isShared ? `${shown} (${id.slice(0, 8)})` : shown;
}

/** Reads them for a page that has to work without Scalekit, too. */
export async function readEventNames(deps: {
  readonly catalogue: CatalogueReader;
  readonly apiClients: Pick<ApiClients, 'list'>;
}): Promise<EventNames> {
  const [names, clients] = await Promise.all([readConnectionNames(deps.catalogue), deps.apiClients.list()]);
  const byName = clients.sort((one, other) => one.name.localeCompare(other.name));
  return { ...names, clients: byName };
}
