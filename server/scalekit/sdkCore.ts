import { isConnectionBroken, isStreamRefused } from './connectionFailure.js';
import type { GatewayCall } from './gatewayCall.js';
import { TokenError } from './tokenError.js';

interface RpcOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}
type Rpc = (request: unknown, options?: RpcOptions) => Promise<unknown>;

/** What this product relies on inside the SDK's private core client. */
interface SdkCore {
  readonly accessToken?: unknown;
  connectExec(rpc: Rpc, request: unknown, options?: RpcOptions): Promise<unknown>;
  authenticateClient(): Promise<void>;
  sleep(ms: number): Promise<void>;
}

/** Sends one RPC of the SDK as a part of a gateway call. */
export type Within = <Answer>(call: GatewayCall, send: () => Promise<Answer>) => Promise<Answer>;

/**
 * Puts every RPC of the SDK under the deadline of the gateway call that it belongs to; the SDK's public
 * methods take neither a signal nor a time.
 *
 * The SDK's methods reach `connectExec` before they first wait, so which call an RPC belongs to is known by
 * what is being sent at that moment. (Following it with AsyncLocalStorage slows every promise of the process
 * down before Node 24.) An RPC that comes later than that is refused, and a test would tell.
 * @param client the SDK's client, of which this is the only holder
 * @param tokenTimeoutMs how long one token request may take
 * @throws {Error} when this version of the SDK is built differently
 */
export function putUnderDeadline(client: object, tokenTimeoutMs: number): Within {
  const core = coreOf(client);
  const { connectExec, authenticateClient, sleep } = core;
  let sending: GatewayCall | undefined;
  let flight: Promise<void> | undefined;

  // Without this, each of the calls that find the token missing or expired fetches one of its own.
  function authenticateFor(call: GatewayCall): Promise<void> {
    if (call.tokenSent !== core.accessToken) return Promise.resolve();
    flight ??= fetchToken(() => authenticateClient.call(core), tokenTimeoutMs).finally(() => {
      flight = undefined;
    });
    return flight;
  }

  /** The core as one call sees it. */
  function coreFor(call: GatewayCall): SdkCore {
    return Object.assign(Object.create(core) as SdkCore, {
      authenticateClient: () => authenticateFor(call),
      // A pause that outlasts the deadline helps nobody: the call ends now, with the failure that led to it.
      sleep: (ms: number) =>
        ms >= call.remainingMs ? Promise.reject(call.lastFailure) : sleep.call(core, ms),
    });
  }

  core.connectExec = (rpc, request, options) => {
    const call = sending;
    if (call === undefined) return Promise.reject(new Error('an RPC was sent outside of a gateway call'));
    return connectExec.call(coreFor(call), bounded(rpc, call, core), request, options);
  };

  return (call, send) => {
    sending = call;
    try {
      return send();
    } finally {
      sending = undefined;
    }
  };
}

/** One try, and at once a second one where the first was certainly in vain or may be repeated safely. */
function bounded(rpc: Rpc, call: GatewayCall, core: SdkCore): Rpc {
  const attempt: Rpc = async (request, options) => {
    call.signal.throwIfAborted();
    call.lastFailure = undefined;
    call.tokenSent = core.accessToken;
    call.inFlight = true;
    try {
      const timeoutMs = Math.max(1, Math.ceil(call.remainingMs));
      return await rpc(request, { ...options, signal: call.signal, timeoutMs });
    } catch (error) {
      call.lastFailure = error;
      throw error;
    } finally {
      call.inFlight = false;
    }
  };
  return (request, options) =>
    attempt(request, options).catch((error: unknown) => {
      const repeat = isStreamRefused(error) || (call.isRead && isConnectionBroken(error));
      if (!repeat || call.signal.aborted) throw error;
      return attempt(request, options);
    });
}

/** The HTTP client's own time limit ends with the response's headers, so a body that never comes needs this one. */
async function fetchToken(fetch: () => Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), timeoutMs);
  });
  try {
    await Promise.race([fetch(), late]);
  } catch (error) {
    throw TokenError.from(error);
  } finally {
    clearTimeout(timer);
  }
}

function coreOf(client: object): SdkCore {
  const core: unknown = 'coreClient' in client ? client.coreClient : undefined;
  const missing = ['connectExec', 'authenticateClient', 'sleep'].filter((name) => !hasMethod(core, name));
  if (missing.length === 0) return core as SdkCore;
  throw new Error(
    `This version of @scalekit-sdk/node has no coreClient.${missing.join(', coreClient.')}, through which ` +
      'calls are given their deadline. Go back to the version in package-lock.json, or adapt sdkCore.ts.',
  );
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function';
}
