import { runOnDatabase, toTerminal } from './commandLine.js';
import { clientCommand } from './identity/clientCommand.js';
import { createApiClients } from './identity/clients/apiClients.js';
import { createAuditTrail } from './store/auditTrail.js';
import { en } from './words/texts.js';

/** Makes, shows, changes and ends API clients. */
runOnDatabase(en.admin.clients.command.usage, async function* (args, { config, database }) {
  const clients = createApiClients({ ...database, audit: createAuditTrail(database.db, toTerminal) });
  for (const line of await clientCommand(args, clients, config.loopback)) yield `${line}\n`;
});
