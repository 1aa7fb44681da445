import { linkCommand, usage } from './accounts/linkCommand.js';
import { createAddressedLinks } from './accounts/list/addressedLinks.js';
import { readDisplaySettings } from './accounts/list/displaySettings.js';
import { commandGateway } from './commandGateway.js';
import { runCommand, toTerminal } from './commandLine.js';
import { readEnvironment } from './config/config.js';
import { sessionSecretsOf } from './config/sessionSecret.js';

/** Prints a durable link of one user. */
runCommand(usage, async function* (args) {
  const config = readEnvironment();
  yield await linkCommand(args, {
    links: createAddressedLinks(sessionSecretsOf(config), config.publicUrl),
    listConnections: commandGateway(config).listConnections,
    displaySettings: readDisplaySettings(config.connectionsFile),
    warn: (message) => toTerminal.warn({}, message),
  });
});
