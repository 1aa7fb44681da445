import type { Db } from '../store/database/schema.js';
import type { DirectoryRow } from './directoryRow.js';

/** All accounts of a user. */
export const rowsOfUser = (from: Db, identifier: string): Promise<DirectoryRow[]> =>
  from.selectFrom('directory_accounts').selectAll().where('identifier', '=', identifier).execute();

/** The accounts of some users on one connection. */
export const rowsOfUsers = (
  from: Db,
  connectionName: string,
  identifiers: readonly string[],
): Promise<DirectoryRow[]> =>
  from
    .selectFrom('directory_accounts')
    .selectAll()
    .where('connection_name', '=', connectionName)
    .where('identifier', 'in', identifiers)
    .execute();
