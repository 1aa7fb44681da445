import { sql } from 'kysely';
import { DatabaseFault } from './databaseFault.js';
import type { Db } from './schema.js';

/** Resolves when the database answers. */
export async function pingDatabase(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

/** Whether the database can be read and written. */
export type DatabaseState = 'answers' | 'fails' | 'can’t be written';

const name = 'write probe';
/** Larger than a page of SQLite or PostgreSQL, so that writing it needs new space on the disk. */
const probe = { name, holder: 'x'.repeat(16_384), expiresAt: 0 };

/** How long a result is reused, in milliseconds, so that frequent questions do not cause frequent writes. */
const answersForMs: Readonly<Record<DatabaseState, number>> = {
  answers: 5_000,
  fails: 0,
  'can’t be written': 1_000,
};

async function look(db: Db): Promise<DatabaseState> {
  try {
    await db
      .insertInto('locks')
      .values(probe)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(probe))
      .execute();
    await db.deleteFrom('locks').where('name', '=', name).execute();
    return 'answers';
  } catch (error) {
    return error instanceof DatabaseFault && error.kind === 'unwritable' ? 'can’t be written' : 'fails';
  }
}

/**
 * Checks the database: by a read each time, and by a small write now and then, since only a write notices a full disk.
 */
export function createDatabaseHealth(db: Db): () => Promise<DatabaseState> {
  let last: { readonly state: DatabaseState; readonly at: number } | null = null;
  let looking: Promise<DatabaseState> | null = null;

  async function lookAndKeep(): Promise<DatabaseState> {
    const state = await look(db);
    last = { state, at: performance.now() };
    return state;
  }

  return async () => {
    if (last !== null && performance.now() - last.at < answersForMs[last.state]) {
      const { state } = last;
      return pingDatabase(db).then(
        () => state,
        () => 'fails',
      );
    }
    looking ??= lookAndKeep().finally(() => {
      looking = null;
    });
    return looking;
  };
}
