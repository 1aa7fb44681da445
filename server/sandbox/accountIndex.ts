import type { Account } from './model.js';

/** Accounts in the order in which they were made, so that a page at any offset is one slice. */
export class AccountIndex {
  readonly #rows: Account[] = [];

  get rows(): readonly Account[] {
    return this.#rows;
  }

  add(account: Account): void {
    this.#rows.push(account);
  }

  remove(account: Account): void {
    const position = this.#positionOf(account.sequence);
    if (this.#rows[position] === account) this.#rows.splice(position, 1);
  }

  /** The first position whose sequence is not below the one given. */
  #positionOf(sequence: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle]?.sequence ?? sequence) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Indexes by one key, made when its first account comes and dropped with its last. */
export class KeyedAccountIndex {
  readonly #indexes = new Map<string, AccountIndex>();

  rows(key: string): readonly Account[] {
    return this.#indexes.get(key)?.rows ?? [];
  }

  add(key: string, account: Account): void {
    let index = this.#indexes.get(key);
    if (!index) {
      index = new AccountIndex();
      this.#indexes.set(key, index);
    }
    index.add(account);
  }

  remove(key: string, account: Account): void {
    const index = this.#indexes.get(key);
    index?.remove(account);
    if (index?.rows.length === 0) this.#indexes.delete(key);
  }
}
