import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Db, openDatabase } from '../../server/store/database.js';

export interface TempDatabase {
  readonly db: Db;
  readonly folder: string;
  close(): Promise<void>;
}

/** A real database in a folder of its own, which goes when it is closed. */
export async function openTempDatabase(): Promise<TempDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  const db = await openDatabase(folder);
  return {
    db,
    folder,
    async close() {
      await db.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
