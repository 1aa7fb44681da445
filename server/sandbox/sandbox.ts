import { hostInUrl } from '../kernel/loopback.js';
import { createControl, type SandboxControl } from './control/control.js';
import { Environment, type EnvironmentOptions } from './environment.js';
import { Authorizations } from './hosted/authorization.js';
import { addressesOnly } from './hosted/webGuards.js';
import { createHttpApp } from './httpApp.js';
import { listen } from './listener.js';
import type { SandboxLogger } from './model.js';
import { createClosing } from './pause.js';
import { connectedAccountService } from './rpc/connectedAccountService.js';
import { connectionService } from './rpc/connectionService.js';
import { eventService } from './rpc/eventService.js';
import { observeAndStrike, requireToken, validateRequests } from './rpc/interceptors.js';
import { rpcHandler } from './rpc/rpcHandler.js';
import { TokenIssuer } from './rpc/tokens.js';
import { toolService } from './rpc/toolService.js';
import { WebhookSender } from './webhooks/webhookSender.js';

export interface SandboxOptions extends Partial<EnvironmentOptions> {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** A loopback address; `127.0.0.1` when left out. */
  readonly host?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly logger?: SandboxLogger;
  /** Where webhooks go, on this machine; none are sent without it. */
  readonly webhookUrl?: string;
  /** The secret that signs them, `whsec_<base64>`. Required with an address. */
  readonly webhookSecret?: string;
  /** The first pause after a webhook that was not accepted, in milliseconds; it doubles, five times at most. */
  readonly webhookRetryMs?: number;
}

export interface Sandbox {
  /** The origin, as `SCALEKIT_ENVIRONMENT_URL` takes it. */
  readonly url: string;
  readonly port: number;
  readonly control: SandboxControl;
  /** Back to the seed and the settings at the start. Tokens stay valid; links, auth requests and webhooks don't. */
  reset(): void;
  /** Drops every connection at once and frees the port; calls that wait are not carried out. */
  close(): Promise<void>;
}

const maxRequestBytes = 1024 * 1024;

function createWebhookSender(options: SandboxOptions, closing: AbortSignal): WebhookSender {
  const { webhookUrl: url, webhookSecret: secret = '', webhookRetryMs: retryMs = 500 } = options;
  return new WebhookSender({ target: url === undefined ? null : { url, secret }, retryMs }, closing);
}

/**
 * Starts a local Scalekit: its RPC services, token endpoint and hosted pages on one loopback port.
 * @throws Error when the host or the address for webhooks is not loopback, or the port is taken
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', clientId = 'sandbox', clientSecret = 'sandbox' } = options;
  const closing = createClosing();
  const webhooks = createWebhookSender(options, closing.signal);
  const environment = new Environment(
    {
      seed: options.seed ?? 'default',
      verification: options.verification ?? 'custom',
      linkLifetimeMs: options.linkLifetimeMs ?? 15 * 60_000,
      slowProviderMs: options.slowProviderMs ?? 8_000,
    },
    (event) => webhooks.send(event),
  );
  const authorizations = new Authorizations(environment);
  const control = createControl(environment, authorizations, webhooks, () => listener.forgetConnections());
  const tokens = new TokenIssuer(clientId, clientSecret);
  const reset = () => {
    environment.reset();
    authorizations.clear();
    webhooks.reset();
  };
  let url = '';
  const origin = () => url;
  const { signal } = closing;
  const listener = await listen(host, options.port ?? 0, {
    http: addressesOnly(
      createHttpApp({
        environment,
        authorizations,
        control,
        reset,
        tokens,
        origin,
        closing: signal,
        logger: options.logger,
      }),
    ),
    http2: rpcHandler(
      (router) => {
        connectionService(environment)(router);
        eventService(environment)(router);
        connectedAccountService(environment, authorizations, origin)(router);
        toolService(environment)(router);
      },
      {
        readMaxBytes: maxRequestBytes,
        interceptors: [
          requireToken(tokens, environment),
          observeAndStrike(environment, signal),
          validateRequests(),
        ],
      },
      options.logger,
    ),
  });
  url = `http://${hostInUrl(host)}:${listener.port}`;
  const close = async () => {
    closing.abort();
    await listener.close();
  };
  return { url, port: listener.port, control, reset, close };
}
