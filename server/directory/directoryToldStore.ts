import { lastKnownSubject } from '../accounts/list/accountReader.js';
import type { ToldAccount, ToldAccounts } from '../accounts/toldAccount.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Db } from '../store/database/schema.js';
import { createGroupWriter } from '../store/groupWriter.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { circumstancesOf, lightCircumstances } from './circumstancesStore.js';
import { type DirectoryChange, touchAfterMs, writeChanges } from './directoryChanges.js';
import { areAlike, type DirectoryRow, toAccount, toRow } from './directoryRow.js';
import { rowsOfUser } from './directoryRowStore.js';
import { inDirectoryTurn } from './directoryTurn.js';

/** Whether a user's accounts were read at that time or later. */
async function wasReadSince(from: Db, identifier: string, at: number): Promise<boolean> {
  const row = await from
    .selectFrom('last_known')
    .select('as_of')
    .where('subject', '=', lastKnownSubject(identifier))
    .executeTakeFirst();
  return row !== undefined && row.as_of >= at;
}

/**
 * Whether what is known is as of later. Several events of one account within a millisecond are told in their order,
 * of which a time in milliseconds says nothing.
 */
const isKnownBetter = (row: DirectoryRow, { accountId, occurredAt }: ToldAccount): boolean =>
  row.account_id === accountId ? row.seen_at > occurredAt : row.seen_at >= occurredAt;

/** The account as an event has it, or null when the event says nothing of the account that there is now. */
async function toldAccount(from: Db, identifier: string, told: ToldAccount, row: DirectoryRow | undefined) {
  const { accountId: id, connectionName, status, occurredAt, lastUsedAt, tokenExpiresAt } = told;
  if (row !== undefined && isKnownBetter(row, told)) return null;
  const base = row?.account_id === id ? toAccount(row) : null;
  if (base === null && (status === null || told.isDeleted)) return null;
  if (row === undefined && (await wasReadSince(from, identifier, occurredAt))) return null;
  return {
    id,
    identifier,
    connectionName,
    status: status ?? base?.status ?? 'unknown',
    updatedAt: Math.max(base?.updatedAt ?? 0, occurredAt),
    lastUsedAt: lastUsedAt ?? base?.lastUsedAt ?? null,
    tokenExpiresAt: tokenExpiresAt ?? base?.tokenExpiresAt ?? null,
  } satisfies ConnectedAccount;
}

async function changesOfTold(
  from: Db,
  identifier: string,
  accounts: readonly ToldAccount[],
  circumstancesIn: typeof circumstancesOf,
): Promise<DirectoryChange[]> {
  const rows = await rowsOfUser(from, identifier);
  const changes: DirectoryChange[] = [];
  for (const told of accounts) {
    const row = rows.find(({ connection_name }) => connection_name === told.connectionName);
    const account = await toldAccount(from, identifier, told, row);
    if (account === null) continue;
    const circumstances = await circumstancesIn(from, [account], told.occurredAt);
    const after = told.isDeleted ? null : toRow(account, row, circumstances);
    changes.push({ before: row ?? null, after });
  }
  return changes;
}

/** Nothing but that an account was used or refreshed again is worth a write once in a while. */
const isWorthWriting = ({ before, after }: DirectoryChange): boolean =>
  before === null ||
  after === null ||
  !areAlike(before, after) ||
  after.seen_at - before.seen_at > touchAfterMs;

interface UserNews extends ToldAccount {
  readonly identifier: string;
}

const newsOf = ({ identifier, occurredAt }: UserNews) => ({ identifier, asOf: occurredAt });

/** Takes over what events say of accounts; what comes for several users at the same time is written together. */
export function createToldAccounts(db: Db, spared: Tombstones['spared']): ToldAccounts {
  const write = createGroupWriter(
    (groups: readonly (readonly UserNews[])[]) =>
      inDirectoryTurn(db, async (transaction) => {
        const news = await spared(groups.flat(), newsOf, transaction);
        // Of two accounts that took each other's place the later one counts.
        for (const told of news.toSorted((one, other) => one.occurredAt - other.occurredAt)) {
          const changes = await changesOfTold(transaction, told.identifier, [told], circumstancesOf);
          await writeChanges(transaction, changes);
        }
      }),
    { atOnce: 50, longestPauseMs: 0 },
  );

  return {
    async isNews(identifier, accounts) {
      const changes = await changesOfTold(db, identifier, accounts, lightCircumstances);
      return changes.some(isWorthWriting);
    },
    told: (identifier, accounts) => write(accounts.map((told) => ({ ...told, identifier }))),
  };
}
