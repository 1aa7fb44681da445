import { openDatabase } from '../../server/store/database/openDatabase.js';
import { createLocks } from '../../server/store/locks.js';

/** A process that takes a lock with a lease of an hour, says so, and works for ever. */
const [dataDir = '', databaseUrl = '', name = ''] = process.argv.slice(2);
const logger = { info: () => undefined, warn: () => undefined };
const database = await openDatabase({ dataDir, databaseUrl: databaseUrl || null }, logger);
await createLocks({ ...database, logger }, { leaseMs: 3_600_000 }).withLock(name, async () => {
  process.stdout.write('held');
  await new Promise((resolve) => setInterval(resolve, 2 ** 31 - 1));
});
