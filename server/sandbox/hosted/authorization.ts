import { randomBytes } from 'node:crypto';
import type { AuthorizationDetails } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { authorizedBy } from '../connectionTypes.js';
import type { Environment } from '../environment.js';
import type { Account } from '../model.js';
import {
  authRequestNotFound,
  connectionDisabled,
  connectionNotFound,
  identifierMismatch,
  noLinkForType,
} from '../rpc/rpcErrors.js';
import type { ProviderError } from './consentFaults.js';
import { accessTokenLifetimeMs } from './credentials.js';
import type { EndingName } from './hostedTexts.js';

/** An authorization link ("magic link"). Opening it uses nothing up; answering its page does. */
export interface Link {
  readonly token: string;
  readonly account: Account;
  readonly state: string;
  readonly userVerifyUrl: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  used: boolean;
  /** How the flow ended, if it ended on one of Scalekit's own pages. */
  ending?: EndingName;
  /** What the provider answered, if that ended the flow there. */
  error?: ProviderError | undefined;
}

interface AuthRequest {
  readonly account: Account;
  readonly authorization: AuthorizationDetails;
  readonly providerAccount: string;
  readonly expiresAt: number;
}

const authRequestLifetimeMs = 10 * 60_000;
/** How long an expired link is remembered, so that its page can say what happened. */
const rememberedMs = 60 * 60_000;

const randomToken = () => randomBytes(24).toString('base64url');

/** Links, consents and their verification. */
export class Authorizations {
  readonly #links = new Map<string, Link>();
  readonly #authRequests = new Map<string, AuthRequest>();

  constructor(private readonly environment: Environment) {}

  clear(): void {
    this.#links.clear();
    this.#authRequests.clear();
  }

  /**
   * A link for an account. An account that no longer works waits for authorization from here on; an active
   * one stays as it is until a new consent replaces its credentials.
   * @throws ConnectError when the account's connection is gone, disabled, or of a type that no user authorizes
   */
  createLink(account: Account, { state, userVerifyUrl }: Pick<Link, 'state' | 'userVerifyUrl'>): Link {
    const connection = this.connectionOf(account);
    const kind = authorizedBy(connection);
    if (kind !== 'consent' && kind !== 'form') throw noLinkForType(connection.type);
    this.#forgetOld();
    if (account.status === 'EXPIRED' || account.status === 'DISCONNECTED') {
      this.environment.accounts.update(account, { status: 'PENDING_AUTH' });
    }
    const expiresAt = Date.now() + this.environment.linkLifetimeMs;
    const link: Link = { token: randomToken(), account, state, userVerifyUrl, expiresAt, used: false };
    this.#links.set(link.token, link);
    this.environment.announce('connected_account.magic_link_generated', account);
    return link;
  }

  findLink(token: string): Link | undefined {
    return this.#links.get(token);
  }

  /** The connection of an account, if accounts can be connected on it. */
  connectionOf(account: Account) {
    const connection = this.environment.connections.get(account.connectionName);
    if (!connection) throw connectionNotFound();
    if (!connection.enabled || !connection.configured) throw connectionDisabled();
    return connection;
  }

  /**
   * Makes the account active with these credentials.
   * @param authorization null where the connection needs none
   * @param providerAccount whose account at the provider they open; the one before when left out
   */
  activate(
    account: Account,
    authorization: AuthorizationDetails | null,
    providerAccount = account.providerAccount,
  ): void {
    const isOauth = authorization?.details.case === 'oauthToken';
    this.environment.accounts.update(account, {
      status: 'ACTIVE',
      authorization,
      providerAccount,
      tokenExpiresAt: isOauth ? Date.now() + accessTokenLifetimeMs : null,
    });
  }

  /**
   * Keeps a consent's credentials until the app has verified the user. An account that is active stays so,
   * with its old credentials, until then.
   * @returns the auth request's id, for the app's `userVerifyUrl`
   */
  awaitVerification(account: Account, authorization: AuthorizationDetails, providerAccount: string): string {
    const id = randomToken();
    const expiresAt = Date.now() + authRequestLifetimeMs;
    this.#authRequests.set(id, { account, authorization, providerAccount, expiresAt });
    if (account.status !== 'ACTIVE') {
      this.environment.accounts.update(account, { status: 'PENDING_VERIFICATION' });
    }
    return id;
  }

  /**
   * Activates the account whose consent the auth request stands for. A wrong identifier leaves the request
   * valid for the right one; success uses it up.
   * @throws ConnectError `PermissionDenied` for another identifier, `NotFound` for an unknown, used or expired request
   */
  verify(authRequestId: string, identifier: string): void {
    const request = this.#authRequests.get(authRequestId);
    if (!request || request.expiresAt <= Date.now() || !this.exists(request.account))
      throw authRequestNotFound();
    if (request.account.identifier !== identifier) throw identifierMismatch();
    this.#authRequests.delete(authRequestId);
    this.activate(request.account, request.authorization, request.providerAccount);
  }

  /** False once the account was deleted, even if the user has a newer one. */
  exists(account: Account): boolean {
    return this.environment.accounts.findById(account.id) === account;
  }

  #forgetOld(): void {
    const now = Date.now();
    for (const [token, { expiresAt }] of this.#links) {
      if (expiresAt + rememberedMs > now) break;
      this.#links.delete(token);
    }
    for (const [id, { expiresAt }] of this.#authRequests) {
      if (expiresAt > now) break;
      this.#authRequests.delete(id);
    }
  }
}
