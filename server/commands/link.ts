import { type AddressedLinks, createAddressedLinks } from '../accounts/list/addressedLinks.js';
import { catalogueOf } from '../accounts/list/catalogue.js';
import { type DisplaySettingsByName, readDisplaySettings } from '../accounts/list/displaySettings.js';
import { readEnvironment } from '../config/config.js';
import { sessionSecretsOf } from '../config/sessionSecret.js';
import { identifierFault } from '../kernel/identifier.js';
import { localPath } from '../kernel/localPath.js';
import type { Connection } from '../scalekit/gateway.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { english as t } from '../words/dictionary.js';
import { CommandLineError, command, UsageError } from './commandLine.js';
import { commandGateway, toTerminal } from './peers.js';

interface Peers {
  readonly links: Pick<AddressedLinks, 'urlFor'>;
  listConnections(): Promise<readonly Connection[]>;
  readonly displaySettings: DisplaySettingsByName;
  /** Told what does not keep the link from being made. */
  warn(message: string): void;
}

function peersOfEnvironment(): Peers {
  const config = readEnvironment();
  return {
    links: createAddressedLinks(sessionSecretsOf(config), config.publicUrl),
    listConnections: commandGateway(config).listConnections,
    displaySettings: readDisplaySettings(config.connectionsFile),
    warn: (message) => toTerminal.warn({}, message),
  };
}

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

/** Prints the durable link of one connection for one user, to be put into a mail or a page. */
export const linkCommand = (open: () => Peers = peersOfEnvironment) =>
  command({
    usage: 'Usage: npm run link -- IDENTIFIER CONNECTION [RETURN_TO]',
    args: {
      identifier: { type: 'positional', required: true },
      connection: { type: 'positional', required: true },
      returnTo: { type: 'positional', required: false },
    },
    async *run({ identifier, connection, returnTo = null }) {
      const fault = identifierFault(identifier);
      if (fault !== null) throw new CommandLineError(t(`identity.identifierFaults.${fault}`));
      if (returnTo !== null && localPath(returnTo) === null)
        throw new CommandLineError('RETURN_TO must be a path of this app, such as /connections');
      const { links, listConnections, displaySettings, warn } = open();
      try {
        checkOffered(connection, await listConnections(), displaySettings);
      } catch (error) {
        if (!(error instanceof ScalekitError)) throw error;
        warn(
          `Scalekit could not be asked (${error.kind}): whether the connection is offered was not checked.`,
        );
      }
      yield `${links.urlFor(identifier, connection, returnTo)}\n`;
    },
  });
