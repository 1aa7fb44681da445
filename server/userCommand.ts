import { userCommand } from './admin/userCommand.js';
import { runCommand } from './commandLine.js';
import type { Config } from './config.js';
import { createDependencies } from './dependencies.js';
import { createHealthWatch } from './scalekit/healthWatch.js';
import { createSdkGateway } from './scalekit/sdkGateway.js';
import { sessionSecretsOf } from './sessionSecret.js';
import { createLogger } from './web/logging.js';

/** Scalekit, or the sandbox that the app started: it has to run. */
function scalekitOf({ scalekit, sandbox, host }: Config) {
  const { port, clientId, clientSecret } = sandbox;
  const address = host.includes(':') ? `[${host}]` : host;
  return scalekit ?? { environmentUrl: `http://${address}:${port}`, clientId, clientSecret };
}

/** Takes out and erases what is held about one user. */
runCommand(async function* (args, { config, database }) {
  const deps = createDependencies(config, {
    ...database,
    gateway: createSdkGateway({ ...scalekitOf(config), timeoutMs: config.scalekitTimeoutMs }),
    logger: createLogger('silent'),
    sessionSecrets: sessionSecretsOf(config),
    sampleUsers: [],
    sandboxOrigin: null,
    scalekitHealth: createHealthWatch().health,
  });
  yield* userCommand(args, deps);
});
