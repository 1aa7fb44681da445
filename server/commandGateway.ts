import type { Config } from './config/config.js';
import { hostInUrl } from './kernel/loopback.js';
import type { ScalekitGateway } from './scalekit/gateway.js';
import { createSdkGateway } from './scalekit/sdkGateway.js';

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
