/** Stops the PostgreSQL that the setup started. */
export default async function tearDown() {
  await globalThis.testPostgres?.close();
}
