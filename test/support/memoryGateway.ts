import {
  checkAuthRequestId,
  checkConnectionName,
  checkIdentifier,
  checkLinkRequest,
} from '../../server/scalekit/callArguments.js';
import type { AccountKey, ConnectedAccount, ScalekitGateway } from '../../server/scalekit/gateway.js';
import { ScalekitError } from '../../server/scalekit/scalekitError.js';
import { CallScript, type Method } from './callScript.js';
import { MemoryScalekit } from './memoryScalekit.js';

export interface MemoryGateway extends ScalekitGateway {
  readonly scalekit: MemoryScalekit;
  /** Records the calls, and lets tests fail or hold them. */
  readonly script: CallScript;
}

/** A gateway without a network, for the tests of what stands on it. Arguments are checked as the real one does. */
export function createMemoryGateway(scalekit = new MemoryScalekit()): MemoryGateway {
  const script = new CallScript();
  return {
    scalekit,
    script,

    listConnections: () => script.run('listConnections', [], () => scalekit.connections),

    async listConnectedAccounts(identifier) {
      checkIdentifier('listConnectedAccounts', identifier);
      return script.run('listConnectedAccounts', [identifier], () =>
        scalekit.accounts.filter((account) => account.identifier === identifier),
      );
    },

    async listAccountsOfConnection(connectionName, pageToken) {
      checkConnectionName('listAccountsOfConnection', connectionName);
      return script.run('listAccountsOfConnection', [connectionName, pageToken], () => {
        const all = scalekit.accounts.filter((account) => account.connectionName === connectionName);
        const end = Number(pageToken ?? 0) + scalekit.accountsPerPage;
        const nextPageToken = end < all.length ? String(end) : null;
        return { accounts: all.slice(Number(pageToken ?? 0), end), nextPageToken, total: all.length };
      });
    },

    async createConnectedAccount(key) {
      checkKey('createConnectedAccount', key);
      return script.run('createConnectedAccount', [key], () => create(scalekit, key));
    },

    async getAuthorizationLink(request) {
      checkLinkRequest('getAuthorizationLink', request);
      return script.run('getAuthorizationLink', [request], () => {
        requireAccount(scalekit, 'getAuthorizationLink', request);
        return { link: scalekit.mintLink(request), expiresAt: scalekit.expiryOfLink() };
      });
    },

    async verifyConnectedAccountUser(authRequestId, identifier) {
      checkAuthRequestId('verifyConnectedAccountUser', authRequestId);
      checkIdentifier('verifyConnectedAccountUser', identifier);
      return script.run('verifyConnectedAccountUser', [authRequestId, identifier], () =>
        verify(scalekit, authRequestId, identifier),
      );
    },

    async deleteConnectedAccount(key) {
      checkKey('deleteConnectedAccount', key);
      return script.run('deleteConnectedAccount', [key], () => {
        requireAccount(scalekit, 'deleteConnectedAccount', key);
        scalekit.removeAccount(key);
      });
    },

    listTools: (provider) => script.run('listTools', [provider], () => scalekit.tools.get(provider) ?? []),

    async listScopedTools(key) {
      checkKey('listScopedTools', key);
      return script.run('listScopedTools', [key], () => {
        const provider = scalekit.connections.find(({ name }) => name === key.connectionName)?.provider;
        return scalekit.account(key)?.status === 'active' ? (scalekit.tools.get(provider ?? '') ?? []) : [];
      });
    },

    askProvider: (request) =>
      script.run('askProvider', [request], () => {
        if (scalekit.account(request)?.status !== 'active')
          throw new ScalekitError('not_found', 'askProvider');
        return scalekit.answerOf(request);
      }),

    listEvents: (request) => script.run('listEvents', [request], () => scalekit.eventsPage(request)),
  };
}

function create(scalekit: MemoryScalekit, key: AccountKey): ConnectedAccount {
  const method = 'createConnectedAccount';
  const connection = scalekit.connections.find(({ name }) => name === key.connectionName);
  if (!connection?.enabled) throw new ScalekitError('invalid', method);
  if (scalekit.account(key) !== undefined) throw new ScalekitError('already_exists', method);
  return scalekit.addAccount({ ...key, status: 'pending_auth' });
}

function verify(scalekit: MemoryScalekit, authRequestId: string, identifier: string): void {
  const key = scalekit.authRequest(authRequestId);
  if (key === undefined || scalekit.account(key) === undefined) {
    throw new ScalekitError('not_found', 'verifyConnectedAccountUser');
  }
  if (key.identifier !== identifier) throw new ScalekitError('forbidden', 'verifyConnectedAccountUser');
  scalekit.useAuthRequest(authRequestId);
  scalekit.setStatus(key, 'active');
}

function requireAccount(scalekit: MemoryScalekit, method: Method, key: AccountKey): void {
  if (scalekit.account(key) === undefined) throw new ScalekitError('not_found', method);
}

function checkKey(method: Method, key: AccountKey): void {
  checkConnectionName(method, key.connectionName);
  checkIdentifier(method, key.identifier);
}
