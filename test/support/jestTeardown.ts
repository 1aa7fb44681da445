import { rm } from 'node:fs/promises';

/** Stops the PostgreSQL that the setup started, and deletes what it made. */
export default async function tearDown(): Promise<void> {
  await globalThis.testPostgres?.close();
  for (const folder of [process.env.TEST_DATA_TEMPLATE, process.env.TEST_BUILT_APP]) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
