import { parseArgs } from 'node:util';
import { UsageError } from '../commandLine.js';
import { identifierFault } from '../kernel/identifier.js';
import { localPath } from '../kernel/localPath.js';
import type { Connection } from '../scalekit/gateway.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { en } from '../words/texts.js';
import type { AddressedLinks } from './list/addressedLinks.js';
import { catalogueOf } from './list/catalogue.js';
import type { DisplaySettingsByName } from './list/displaySettings.js';

export interface LinkCommandDeps {
  readonly links: Pick<AddressedLinks, 'urlFor'>;
  listConnections(): Promise<readonly Connection[]>;
  readonly displaySettings: DisplaySettingsByName;
  /** Told what does not keep the link from being made. */
  warn(message: string): void;
}

export const usage = 'Usage: npm run link -- IDENTIFIER CONNECTION [RETURN_TO]';

const listed = (names: readonly string[]) =>
  names.length === 0 ? 'none' : names.map((name) => JSON.stringify(name)).join(', ');

/** @throws UsageError when users could not connect it, which says what they can connect */
function checkOffered(
  name: string,
  connections: readonly Connection[],
  settings: DisplaySettingsByName,
): void {
  const catalogue = catalogueOf(connections, settings);
  const names = connections.map((one) => one.name);
  const choice = `Offered: ${listed(names.filter((one) => catalogue.find(one)?.offered))}.`;
  const found = catalogue.find(name);
  if (found === undefined) throw new UsageError(`There is no connection ${JSON.stringify(name)}. ${choice}`);
  if (found.offered) return;
  const why = found.connection.enabled ? 'CONNECTIONS_FILE hides it' : 'it is not enabled at Scalekit';
  throw new UsageError(`The connection ${JSON.stringify(name)} is not offered: ${why}. ${choice}`);
}

/**
 * Makes the durable link of one connection for one user, to be put into a mail or a page.
 * @returns what to print
 * @throws UsageError
 */
export async function linkCommand(args: readonly string[], deps: LinkCommandDeps): Promise<string> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
  const [identifier, connectionName, returnTo, ...rest] = positionals;
  if (identifier === undefined || connectionName === undefined || rest.length > 0)
    throw new UsageError(usage);
  const fault = identifierFault(identifier);
  if (fault !== null) throw new UsageError(en.identifierFaults[fault]);
  if (returnTo !== undefined && localPath(returnTo) === null) {
    throw new UsageError('RETURN_TO must be a path of this app, such as /connections');
  }
  try {
    checkOffered(connectionName, await deps.listConnections(), deps.displaySettings);
  } catch (error) {
    if (!(error instanceof ScalekitError)) throw error;
    deps.warn(
      `Scalekit could not be asked (${error.kind}): whether the connection is offered was not checked.`,
    );
  }
  return `${deps.links.urlFor(identifier, connectionName, returnTo ?? null)}\n`;
}
