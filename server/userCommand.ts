import { userCommand } from './admin/userCommand.js';
import { commandGateway } from './commandGateway.js';
import { runOnDatabase } from './commandLine.js';
import { createDependencies } from './composition.js';
import { sessionSecretsOf } from './config/sessionSecret.js';
import { createLogger } from './http/logging.js';
import { createHealthWatch } from './scalekit/healthWatch.js';
import { en } from './words/texts.js';

/** Takes out and erases what is held about one user. */
runOnDatabase(en.admin.privacy.command.usage, async function* (args, { config, database }) {
  const deps = createDependencies(config, {
    ...database,
    gateway: commandGateway(config),
    logger: createLogger('silent'),
    sessionSecrets: sessionSecretsOf(config),
    sampleUsers: [],
    sandboxOrigin: null,
    scalekitHealth: createHealthWatch().health,
  });
  yield* userCommand(args, deps);
});
