import { randomInt } from 'node:crypto';
import { AccountIndex, KeyedAccountIndex } from './accountIndex.js';
import type { Account, AccountStatus } from './model.js';

export interface NewAccount {
  readonly connectionName: string;
  readonly identifier: string;
  readonly status: AccountStatus;
  readonly organizationId?: string;
  readonly userId?: string;
  readonly authorization?: Account['authorization'];
  readonly apiConfig?: Account['apiConfig'];
  /** Epoch milliseconds; now when left out. */
  readonly updatedAt?: number;
  readonly lastUsedAt?: number | null;
  readonly tokenExpiresAt?: number | null;
  readonly providerAccount?: string | null;
}

/** The filter of a listing. A field that is left out matches everything. */
export interface AccountFilter {
  readonly identifier?: string;
  /** Names of connections; an empty list matches nothing. */
  readonly connectionNames?: readonly string[];
  readonly matches?: (account: Account) => boolean;
}

export interface AccountPage {
  readonly rows: readonly Account[];
  readonly totalSize: number;
}

/** Receives every change, after it was made. */
export interface AccountObserver {
  added(account: Account): void;
  changed(account: Account, oldStatus: AccountStatus): void;
  removed(account: Account): void;
}

/** The connected accounts of the environment, indexed by id, by connection and by identifier. */
export class AccountStore {
  observer: AccountObserver | null = null;
  readonly #byId = new Map<string, Account>();
  readonly #all = new AccountIndex();
  readonly #byIdentifier = new KeyedAccountIndex();
  readonly #byConnection = new KeyedAccountIndex();
  // A random start, so that no id of an earlier run or reset names an account of this one.
  readonly #firstId = BigInt(randomInt(1e8, 1e9)) * 1_000_000_000n;
  #sequence = 0;

  /**
   * Adds an account.
   * @throws Error when the connection already has one for this identifier
   */
  add(account: NewAccount): Account {
    if (this.find(account.connectionName, account.identifier)) {
      throw new Error('connected account already exists');
    }
    const sequence = ++this.#sequence;
    const added: Account = {
      organizationId: '',
      userId: '',
      authorization: null,
      apiConfig: null,
      updatedAt: Date.now(),
      lastUsedAt: null,
      tokenExpiresAt: null,
      providerAccount: null,
      ...account,
      id: `ca_${this.#firstId + BigInt(sequence)}`,
      sequence,
    };
    this.#byId.set(added.id, added);
    this.#all.add(added);
    this.#byIdentifier.add(added.identifier, added);
    this.#byConnection.add(added.connectionName, added);
    this.observer?.added(added);
    return added;
  }

  findById(id: string): Account | undefined {
    return this.#byId.get(id);
  }

  find(connectionName: string, identifier: string): Account | undefined {
    return this.#byIdentifier.rows(identifier).find((account) => account.connectionName === connectionName);
  }

  /** Changes an account; its `updatedAt` moves on by at least a millisecond, so that no change goes unseen. */
  update(account: Account, changes: Partial<Omit<Account, 'id' | 'sequence' | 'updatedAt'>>): void {
    const oldStatus = account.status;
    Object.assign(account, changes, { updatedAt: Math.max(Date.now(), account.updatedAt + 1) });
    this.observer?.changed(account, oldStatus);
  }

  remove(account: Account): void {
    this.#byId.delete(account.id);
    this.#all.remove(account);
    this.#byIdentifier.remove(account.identifier, account);
    this.#byConnection.remove(account.connectionName, account);
    this.observer?.removed(account);
  }

  /** One page of a listing. Only the rows of the narrowest index are read; a `matches` reads all of those. */
  list(filter: AccountFilter, offset: number, limit: number): AccountPage {
    const parts = this.#narrow(filter);
    const totalSize = parts.reduce((sum, part) => sum + part.length, 0);
    return { rows: slice(parts, offset, limit), totalSize };
  }

  #narrow({ identifier, connectionNames, matches }: AccountFilter): (readonly Account[])[] {
    if (identifier !== undefined) {
      const rows = this.#byIdentifier.rows(identifier);
      const wanted = connectionNames && new Set(connectionNames);
      return [
        rows.filter((row) => (!wanted || wanted.has(row.connectionName)) && (!matches || matches(row))),
      ];
    }
    const parts = connectionNames
      ? [...new Set(connectionNames)].map((name) => this.#byConnection.rows(name))
      : [this.#all.rows];
    return matches ? parts.map((part) => part.filter(matches)) : parts;
  }
}

/** The rows of several lists from `offset` on, as if they were one list. */
function slice(parts: (readonly Account[])[], offset: number, limit: number): Account[] {
  const rows: Account[] = [];
  let skip = offset;
  for (const part of parts) {
    if (rows.length === limit) break;
    for (const row of part.slice(skip, skip + limit - rows.length)) rows.push(row);
    skip = Math.max(0, skip - part.length);
  }
  return rows;
}
