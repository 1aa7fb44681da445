import { rm } from 'node:fs/promises';

/** Stops the PostgreSQL that the setup started, and deletes the tables that it made. */
export default async function tearDown(): Promise<void> {
  await globalThis.testPostgres?.close();
  await rm(process.env.TEST_DATA_TEMPLATE ?? '', { recursive: true, force: true });
}
