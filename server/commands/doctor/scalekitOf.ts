import type { Config } from '../../config/config.js';
import type { ScalekitGateway } from '../../scalekit/gateway.js';
import { createSdkGateway } from '../../scalekit/sdkGateway.js';

/** The Scalekit that is configured, or null while the sandbox stands in for it. */
export const scalekitOf = ({ scalekit, scalekitTimeoutMs }: Config): ScalekitGateway | null =>
  scalekit === null ? null : createSdkGateway({ ...scalekit, timeoutMs: scalekitTimeoutMs });
