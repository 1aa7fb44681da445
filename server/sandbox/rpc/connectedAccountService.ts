import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import {
  ConnectedAccountService,
  type CreateConnectedAccountRequest,
  type UpdateConnectedAccountRequest,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { parsedUrl } from '../../kernel/parsedUrl.js';
import { authorizedBy } from '../connectionTypes.js';
import type { Environment } from '../environment.js';
import type { Authorizations } from '../hosted/authorization.js';
import { hasCredentials } from '../hosted/credentials.js';
import type { Account } from '../model.js';
import { listAccounts, searchAccounts } from './accountListing.js';
import { type AccountReference, findAccount, requireKey } from './accountReference.js';
import { toAccountWithCredentials, toDetails } from './messages.js';
import {
  accountExists,
  connectionDisabled,
  connectionNotFound,
  invalidField,
  noAccountsOfType,
} from './rpcErrors.js';

/** `ConnectedAccountService`. What the SDK's `actions` don't reach answers `Unimplemented`. */
export function connectedAccountService(
  environment: Environment,
  authorizations: Authorizations,
  origin: () => string,
) {
  const connectionOf = (account: Account) => environment.connections.get(account.connectionName);
  const withCredentials = (account: Account) => ({
    connectedAccount: toAccountWithCredentials(account, connectionOf(account)),
  });
  const withoutCredentials = (account: Account) => ({
    connectedAccount: toDetails(account, connectionOf(account)),
  });
  const handlers: Partial<ServiceImpl<typeof ConnectedAccountService>> = {
    listConnectedAccounts: (request) => listAccounts(environment, request),
    searchConnectedAccounts: (request) => searchAccounts(environment, request),
    createConnectedAccount: (request) => withCredentials(createAccount(environment, authorizations, request)),
    updateConnectedAccount: (request) => withCredentials(updateAccount(environment, authorizations, request)),
    getConnectedAccount: (request) => withoutCredentials(findAccount(environment, request)),
    getConnectedAccountDetails: (request) => withoutCredentials(findAccount(environment, request)),
    getConnectedAccountAuth(request) {
      const account = findAccount(environment, request);
      account.lastUsedAt = Date.now();
      if (account.authorization?.details.case === 'oauthToken') {
        environment.announce('connected_account.oauth_tokens_fetched', account);
      }
      return withCredentials(account);
    },
    deleteConnectedAccount(request) {
      environment.accounts.remove(findAccount(environment, request));
      return {};
    },
    disconnectConnectedAccount(request) {
      const account = findAccount(environment, request);
      environment.accounts.update(account, {
        status: 'DISCONNECTED',
        authorization: null,
        tokenExpiresAt: null,
      });
      return withoutCredentials(account);
    },
    getMagicLinkForConnectedAccount(request) {
      const account = accountForLink(environment, request);
      const { state = '', userVerifyUrl = '' } = request;
      if (userVerifyUrl !== '' && parsedUrl(userVerifyUrl) === null) {
        throw invalidField('user_verify_url', 'is not an address');
      }
      const link = authorizations.createLink(account, { state, userVerifyUrl });
      return { link: `${origin()}/magicLink/${link.token}`, expiry: timestampFromMs(link.expiresAt) };
    },
    verifyConnectedAccountUser({ authRequestId, identifier }) {
      authorizations.verify(authRequestId, identifier);
      return { postUserVerifyRedirectUrl: `${origin()}/verified` };
    },
  };
  return (router: ConnectRouter) => router.service(ConnectedAccountService, handlers);
}

/** The account that a link is asked for. Whether a missing one is made is a setting, since Scalekit does not say. */
function accountForLink(environment: Environment, reference: AccountReference): Account {
  if (!environment.linkMakesAccount || reference.id) return findAccount(environment, reference);
  const { connectionName, identifier } = requireKey(reference);
  const found = environment.accounts.find(connectionName, identifier);
  if (found) return found;
  if (!environment.connections.has(connectionName)) throw connectionNotFound();
  return environment.accounts.add({ connectionName, identifier, status: 'PENDING_AUTH' });
}

function createAccount(
  { accounts, connections }: Environment,
  authorizations: Authorizations,
  request: CreateConnectedAccountRequest,
): Account {
  const key = requireKey(request);
  const connection = connections.get(key.connectionName);
  if (!connection) throw invalidField('connector', 'names no connection of this environment');
  if (!connection.enabled || !connection.configured) throw connectionDisabled();
  const kind = authorizedBy(connection);
  if (kind === 'sign_in') throw noAccountsOfType(connection.type);
  if (accounts.find(key.connectionName, key.identifier)) throw accountExists();
  const { authorizationDetails, apiConfig } = request.connectedAccount ?? {};
  const account = accounts.add({
    ...key,
    status: kind === 'nothing' ? 'ACTIVE' : 'PENDING_AUTH',
    organizationId: request.organizationId ?? '',
    userId: request.userId ?? '',
    apiConfig: apiConfig ?? null,
  });
  if (authorizationDetails && hasCredentials(authorizationDetails)) {
    authorizations.activate(account, authorizationDetails);
  }
  return account;
}

/** New credentials make the account active, whatever it was; an empty token changes none. */
function updateAccount(
  environment: Environment,
  authorizations: Authorizations,
  request: UpdateConnectedAccountRequest,
): Account {
  const account = findAccount(environment, request);
  const { authorizationDetails, apiConfig } = request.connectedAccount ?? {};
  if (apiConfig) environment.accounts.update(account, { apiConfig });
  if (authorizationDetails && hasCredentials(authorizationDetails)) {
    authorizations.activate(account, authorizationDetails);
  }
  return account;
}
