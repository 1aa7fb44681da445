import { AsyncLocalStorage } from 'node:async_hooks';
import { create } from '@bufbuild/protobuf';
import { ScalekitClient } from '@scalekit-sdk/node';
import {
  AuthorizationDetailsSchema,
  OauthTokenSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import {
  checkAuthRequestId,
  checkConnectionName,
  checkIdentifier,
  checkLinkRequest,
} from './callArguments.js';
import { CallSlots } from './callSlots.js';
import type { AccountKey, ConnectedAccount, ScalekitGateway } from './gateway.js';
import { GatewayCall } from './gatewayCall.js';
import { readAllPages } from './pages.js';
import { ScalekitError, type ScalekitErrorKind } from './scalekitError.js';
import { putUnderDeadline } from './sdkCore.js';
import { toAccount, toConnection, toLink } from './translateAnswer.js';
import { translateError } from './translateError.js';

type Method = keyof ScalekitGateway;

/** One finished call, for metrics and logs. */
export interface FinishedCall {
  readonly method: Method;
  readonly outcome: 'ok' | ScalekitErrorKind;
  /** Milliseconds from the call to its outcome, waiting included. */
  readonly durationMs: number;
}

export interface SdkGatewayOptions {
  readonly environmentUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The deadline of a whole call, in milliseconds. */
  readonly timeoutMs?: number;
  /** How many calls run at the same time, and how many wait for their turn. */
  readonly maxConcurrent?: number;
  readonly maxQueued?: number;
  /** Told about each call that passed the checks of its arguments. */
  readonly onCall?: (call: FinishedCall) => void;
}

/** The most that the service's descriptors allow; for accounts that is "less than 100". */
const CONNECTIONS_PER_PAGE = 30;
const ACCOUNTS_PER_PAGE = 99;

/**
 * The gateway on Scalekit's SDK, the only place that holds the SDK's client. It opens its connection with the
 * first call, and an idle one keeps no process alive.
 * @throws {Error} when the SDK refuses the options, or is built differently from what this relies on
 */
export function createSdkGateway(options: SdkGatewayOptions): ScalekitGateway {
  const { environmentUrl, clientId, clientSecret, timeoutMs = 4000 } = options;
  const client = new ScalekitClient(environmentUrl, clientId, clientSecret, { timeoutMs });
  const { actions } = client;
  const run = createRunner(client, timeoutMs, options);

  return {
    listConnections: () =>
      run('listConnections', () =>
        readAllPages('listConnections', async (pageToken) => {
          const page = await actions.listConnections({ pageSize: CONNECTIONS_PER_PAGE, ...token(pageToken) });
          return { rows: page.connections.map(toConnection), nextPageToken: page.nextPageToken };
        }),
      ),

    async listConnectedAccounts(identifier) {
      checkIdentifier('listConnectedAccounts', identifier);
      const accounts = await run('listConnectedAccounts', () =>
        readAllPages('listConnectedAccounts', async (pageToken) => {
          const filter = { identifier, pageSize: ACCOUNTS_PER_PAGE, ...token(pageToken) };
          const page = await actions.listConnectedAccounts(filter);
          return { rows: page.connectedAccounts.map(toAccount), nextPageToken: page.nextPageToken };
        }),
      );
      return accounts.filter((account) => account.identifier === identifier);
    },

    async createConnectedAccount(key) {
      checkKey('createConnectedAccount', key);
      return run('createConnectedAccount', () => createPending(client, key));
    },

    async getAuthorizationLink(request) {
      checkLinkRequest('getAuthorizationLink', request);
      return run('getAuthorizationLink', async () => {
        const link = toLink(await actions.getAuthorizationLink(request), environmentUrl);
        if (link === null) throw unusable('getAuthorizationLink', 'the link is neither https nor local');
        return link;
      });
    },

    async verifyConnectedAccountUser(authRequestId, identifier) {
      checkAuthRequestId('verifyConnectedAccountUser', authRequestId);
      checkIdentifier('verifyConnectedAccountUser', identifier);
      await run('verifyConnectedAccountUser', () =>
        actions.verifyConnectedAccountUser({ authRequestId, identifier }),
      );
    },

    async deleteConnectedAccount(key) {
      checkKey('deleteConnectedAccount', key);
      await run('deleteConnectedAccount', () =>
        actions.deleteConnectedAccount({ connectionName: key.connectionName, identifier: key.identifier }),
      );
    },
  };
}

type Run = <Answer>(method: Method, work: () => Promise<Answer>) => Promise<Answer>;

/** Gives each call its deadline and its slot. The slot is free when the SDK is done, not when the caller gave up. */
function createRunner(client: ScalekitClient, timeoutMs: number, options: SdkGatewayOptions): Run {
  const { maxConcurrent = 32, maxQueued = 500, onCall } = options;
  const calls = new AsyncLocalStorage<GatewayCall>();
  const slots = new CallSlots(maxConcurrent, maxQueued);
  // Shorter than a call, so that a token request which hangs is over by the time the next call wants one.
  putUnderDeadline(client, calls, timeoutMs * 0.75);

  return async (method, work) => {
    const call = new GatewayCall(method, timeoutMs);
    let outcome: FinishedCall['outcome'] = 'ok';
    try {
      const release = await slots.acquire(method, call.signal);
      call.start();
      const answer = calls.run(call, async () => work());
      answer.then(release, release);
      return await Promise.race([answer, call.expired]);
    } catch (error) {
      const translated = translateError(method, error, call.lastFailure);
      outcome = translated.kind;
      throw translated;
    } finally {
      call.end();
      onCall?.({ method, outcome, durationMs: call.elapsedMs });
    }
  };
}

/** An empty token makes an account that waits for authorization, as the SDK's own get-or-create does it. */
async function createPending(client: ScalekitClient, key: AccountKey): Promise<ConnectedAccount> {
  const { connectedAccount } = await client.actions.createConnectedAccount({
    connectionName: key.connectionName,
    identifier: key.identifier,
    authorizationDetails: create(AuthorizationDetailsSchema, {
      details: { case: 'oauthToken', value: create(OauthTokenSchema) },
    }),
  });
  if (connectedAccount === undefined) throw unusable('createConnectedAccount', 'no account in the answer');
  return toAccount(connectedAccount);
}

function checkKey(method: Method, key: AccountKey): void {
  checkConnectionName(method, key.connectionName);
  checkIdentifier(method, key.identifier);
}

function token(pageToken: string | undefined): { pageToken?: string } {
  return pageToken === undefined ? {} : { pageToken };
}

function unusable(method: Method, detail: string): ScalekitError {
  return new ScalekitError('unexpected', method, { detail });
}
