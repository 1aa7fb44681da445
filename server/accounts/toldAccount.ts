import type { AccountStatus } from '../scalekit/gateway.js';

/** What an event says of one account. Times are epoch milliseconds. */
export interface ToldAccount {
  readonly accountId: string;
  readonly connectionName: string;
  /** Null where it says nothing of it. */
  readonly status: AccountStatus | null;
  readonly isDeleted: boolean;
  readonly occurredAt: number;
  readonly lastUsedAt: number | null;
  readonly tokenExpiresAt: number | null;
}

/** Takes over what events say of a user's accounts, the newest of each. */
export interface ToldAccounts {
  /**
   * The users of whom that would change more than that an account was used again just now. It is cheap.
   * @param told what events say, by the identifier of the user
   */
  withNews(told: ReadonlyMap<string, readonly ToldAccount[]>): Promise<ReadonlySet<string>>;
  told(identifier: string, accounts: readonly ToldAccount[]): Promise<void>;
}
