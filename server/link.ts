import { parseArgs } from 'node:util';
import { createAddressedLinks } from './accounts/addressedLinks.js';
import { readEnvironment } from './config.js';
import { identifierFault } from './identity/identifier.js';
import { sessionSecretsOf } from './sessionSecret.js';
import { localPath } from './web/localPath.js';
import { en } from './web/texts.js';

const usage = 'Usage: npm run link -- IDENTIFIER CONNECTION [RETURN_TO]\n';

/** Prints the durable link of one connection for one user, to be put into a mail or a page. */
function main(): void {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [identifier, connectionName, returnTo, ...rest] = positionals;
  if (identifier === undefined || connectionName === undefined || rest.length > 0) throw new Error(usage);
  const fault = identifierFault(identifier);
  if (fault !== null) throw new Error(`${en.identifierFaults[fault]}\n`);
  if (returnTo !== undefined && localPath(returnTo) === null) {
    throw new Error('RETURN_TO must be a path of this app, such as /connections\n');
  }
  const config = readEnvironment();
  const links = createAddressedLinks(sessionSecretsOf(config), config.publicUrl);
  process.stdout.write(`${links.urlFor(identifier, connectionName, returnTo ?? null)}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write((error as Error).message);
  process.exitCode = 1;
}
