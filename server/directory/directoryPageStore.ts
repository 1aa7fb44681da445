import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Db } from '../store/database/schema.js';
import { createGroupWriter } from '../store/groupWriter.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { circumstancesOf } from './circumstancesStore.js';
import {
  accountKey,
  changesOf,
  inBatches,
  touchRows,
  usersByConnection,
  writeChanges,
} from './directoryChanges.js';
import type { DirectoryRow } from './directoryRow.js';
import { rowsOfUsers } from './directoryRowStore.js';
import { inDirectoryTurn } from './directoryTurn.js';

/** Some accounts of one connection, as one read showed them. */
export interface SeenPage {
  readonly connectionName: string;
  readonly accounts: readonly ConnectedAccount[];
  readonly readAt: number;
}

interface SeenAccount {
  readonly account: ConnectedAccount;
  readonly readAt: number;
}

/** Rows shift while pages are read, so that an account may come twice, even within a page. The later read counts. */
function newestOfPages(pages: readonly SeenPage[]): SeenAccount[] {
  const newest = new Map<string, SeenAccount>();
  for (const { connectionName, accounts, readAt } of pages) {
    for (const account of accounts) {
      const key = accountKey(account.identifier, connectionName);
      if ((newest.get(key)?.readAt ?? 0) <= readAt) newest.set(key, { account, readAt });
    }
  }
  return [...newest.values()];
}

function groupByRead(seen: readonly SeenAccount[]): Map<number, ConnectedAccount[]> {
  const groups = new Map<number, ConnectedAccount[]>();
  for (const { account, readAt } of seen) {
    const group = groups.get(readAt);
    if (group === undefined) groups.set(readAt, [account]);
    else group.push(account);
  }
  return groups;
}

const newsOfSeen = ({ account, readAt }: SeenAccount) => ({ identifier: account.identifier, asOf: readAt });

async function rowsOfAccounts(from: Db, accounts: readonly ConnectedAccount[]): Promise<DirectoryRow[]> {
  const rows: DirectoryRow[] = [];
  for (const [name, identifiers] of usersByConnection(accounts)) {
    for (const batch of inBatches(identifiers)) rows.push(...(await rowsOfUsers(from, name, batch)));
  }
  return rows;
}

async function writePages(db: Db, spared: Tombstones['spared'], pages: readonly SeenPage[]): Promise<void> {
  const listed = await spared(newestOfPages(pages), newsOfSeen, db);
  if (listed.length === 0) return;
  const accounts = listed.map(({ account }) => account);
  const rows = await rowsOfAccounts(db, accounts);
  const circumstances = await circumstancesOf(db, accounts, 0);
  const parts = [...groupByRead(listed)].map(([readAt, seen]) => ({
    readAt,
    ...changesOf(rows, seen, { ...circumstances, readAt }, false),
  }));
  await writeChanges(
    db,
    parts.flatMap(({ changes }) => changes),
  );
  for (const { unchanged, readAt } of parts) await touchRows(db, unchanged, readAt);
}

/** Writes pages of connections, those that wait at the same time together. @returns takes a page */
export function createPageStore(db: Db, spared: Tombstones['spared']): (page: SeenPage) => Promise<void> {
  const write = (pages: readonly SeenPage[]) =>
    inDirectoryTurn(db, (transaction) => writePages(transaction, spared, pages));
  return createGroupWriter(write, { atOnce: 4, longestPauseMs: 20 });
}
