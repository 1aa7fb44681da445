import { createAddressedLinks } from './accounts/addressedLinks.js';
import { readDisplaySettings } from './accounts/displaySettings.js';
import { linkCommand, usage } from './accounts/linkCommand.js';
import { commandGateway } from './commandGateway.js';
import { runCommand, toTerminal } from './commandLine.js';
import { readEnvironment } from './config.js';
import { sessionSecretsOf } from './sessionSecret.js';

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
