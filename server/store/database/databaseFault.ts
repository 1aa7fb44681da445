import { types } from 'node:util';

/**
 * Why the app can't use its database.
 * - `away`: it does not answer, or not in time.
 * - `unwritable`: it answers and nothing can be written: its disk is full or broken, or it is read-only.
 */
export type DatabaseFaultKind = 'away' | 'unwritable';

const told: Readonly<Record<DatabaseFaultKind, string>> = {
  away: 'The database does not answer',
  unwritable: 'The database can’t be written',
};

/** Both drivers throw this when the statement is right and the database is not available. */
export class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault';

  constructor(
    readonly kind: DatabaseFaultKind,
    override readonly cause: Error,
  ) {
    const { code } = cause as { code?: unknown };
    super([told[kind], code, cause.message].filter(Boolean).join(': '), { cause });
  }
}

/** Codes of PostgreSQL (appendix A of its manual), of Node and of SQLite. Those of two characters are whole classes. */
const kinds: Readonly<Record<string, DatabaseFaultKind>> = {
  '08': 'away',
  '57P01': 'away',
  '57P02': 'away',
  '57P03': 'away',
  '57P05': 'away',
  // The statement exceeded its time limit.
  '57014': 'away',
  '25P03': 'away',
  '53300': 'away',
  '53200': 'away',
  '28': 'away',
  '3D': 'away',
  '53100': 'unwritable',
  '25006': 'unwritable',
  '58': 'unwritable',
  ECONNREFUSED: 'away',
  ECONNRESET: 'away',
  EPIPE: 'away',
  ETIMEDOUT: 'away',
  ENOTFOUND: 'away',
  EAI_AGAIN: 'away',
  EHOSTUNREACH: 'away',
  ENETUNREACH: 'away',
  ENETDOWN: 'away',
  ENOENT: 'away',
  SQLITE_BUSY: 'away',
  SQLITE_CANTOPEN: 'unwritable',
  SQLITE_FULL: 'unwritable',
  SQLITE_IOERR: 'unwritable',
  SQLITE_READONLY: 'unwritable',
};

/** What the client library for PostgreSQL says without a code. */
const messages =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|timeout expired|Client has encountered a connection error|Client was closed and is not queryable|The server does not support SSL|The server offers no channel binding|Cannot use a pool after calling end)/;

/** Reads the code of any error, also of SQLite's, which are not instances of Error. */
const isError = (value: unknown): value is Error => value instanceof Error || types.isNativeError(value);

function kindOf(error: Error): DatabaseFaultKind | null {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') {
    const known = kinds[code] ?? kinds[code.slice(0, 2)];
    // SQLite's longer codes go on where these end: `SQLITE_IOERR_WRITE`.
    const longer = Object.keys(kinds).find((short) => code.startsWith(`${short}_`));
    if (known !== undefined) return known;
    if (longer !== undefined) return kinds[longer] ?? null;
  }
  // Node tries every address of a host and throws one error that holds an error for each.
  if (Array.isArray(errors) && isError(errors[0])) return kindOf(errors[0]);
  return messages.test(error.message) ? 'away' : null;
}

/** The database fault behind an error, or null. */
export function databaseFaultOf(error: unknown): DatabaseFault | null {
  for (let cause = error; isError(cause); cause = cause.cause) {
    if (cause instanceof DatabaseFault) return cause;
  }
  return null;
}

/** Wraps a driver's error in a `DatabaseFault` when it is one. Any other error stays as it is. */
export function asDatabaseFault(error: unknown): unknown {
  if (!isError(error) || error instanceof DatabaseFault) return error;
  const kind = kindOf(error);
  return kind === null ? error : new DatabaseFault(kind, error);
}
