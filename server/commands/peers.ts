import type { Config } from '../config/config.js';
import { hostInUrl } from '../kernel/loopback.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import { createSdkGateway } from '../scalekit/sdkGateway.js';
import type { Database } from '../store/database/database.js';
import { openDatabase } from '../store/database/openDatabase.js';

/** What a command tells of while it works; the logger of what it is made of. */
export const toTerminal = {
  info: () => undefined,
  warn: (_details: object, message: string) => void process.stderr.write(`${message}\n`),
};

/**
 * Works on the app's database.
 * @param work gives the pieces to print
 */
export async function* onDatabase(
  config: Config,
  work: (database: Database) => AsyncIterable<string>,
): AsyncGenerator<string> {
  const database = await openDatabase(config, toTerminal);
  try {
    yield* work(database);
  } finally {
    await database.close();
  }
}

/** The gateway of a command: to Scalekit, or to the sandbox that the app started, which has to run. */
export function commandGateway({
  scalekit,
  sandbox,
  host,
  scalekitTimeoutMs: timeoutMs,
}: Config): ScalekitGateway {
  const { port, clientId, clientSecret } = sandbox;
  const there = scalekit ?? { environmentUrl: `http://${hostInUrl(host)}:${port}`, clientId, clientSecret };
  return createSdkGateway({ ...there, timeoutMs });
}
