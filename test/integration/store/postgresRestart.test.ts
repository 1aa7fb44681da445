import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { findPostgres } from '../../support/postgres.js';
import { type PostgresServer, startPostgres } from '../../support/postgresServer.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

let server: PostgresServer;
let app: TestApp;
let loading: boolean;

// A server of its own, since others are using the one that the test run shares.
beforeEach(async () => {
  server = await startPostgres(await findPostgres());
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  app = await startTestApp({ gateway, databaseUrl: server.url });
  loading = true;
});

afterEach(async () => {
  loading = false;
  await app.close();
  await server.close();
});

/** Asks for the list over and over, and notes the answers. */
async function load(visitor: Visitor, statuses: number[], onAnswer: () => void): Promise<void> {
  while (loading) {
    statuses.push((await visitor.get('/connections')).status);
    onAnswer();
  }
}

/** A promise of the next answer of some kind. */
function answers() {
  let watch: (() => void) | null = null;
  const statuses: number[] = [];
  const next = (wanted: (status: number) => boolean) =>
    new Promise<void>((resolve) => {
      const from = statuses.length;
      watch = () => {
        if (statuses.slice(from).some(wanted)) resolve();
      };
    });
  return { statuses, next, note: () => watch?.() };
}

describe.each(['fast', 'crash'] as const)('a restart of PostgreSQL under load (%s)', (how) => {
  it('costs the answers of its duration and nothing after', async () => {
    const visitors = await Promise.all(
      ['ada', 'bob', 'eve'].map((name) => new Visitor(app.url).signIn(name)),
    );
    const { statuses, next, note } = answers();
    const running = visitors.map((visitor) => load(visitor, statuses, note));
    const missed = new Promise<void>((resolve) => {
      app.deps.events.subscribe((event) => event.kind === 'missed' && resolve());
    });
    await next((status) => status === 200);
    await server.pause(how);
    await next((status) => status >= 500);
    const down = await new Visitor(app.url).getJson('/readyz');
    expect([down.status, down.body.database]).toEqual([503, 'fails']);
    expect((await new Visitor(app.url).get('/healthz')).status).toBe(200);
    await server.resume();
    await next((status) => status === 200);
    await missed;
    loading = false;
    await Promise.all(running);
    // Everybody is still signed in: nobody was sent to the sign-in page.
    expect(statuses.filter((status) => status !== 200 && status < 500)).toEqual([]);
    for (const visitor of visitors) expect((await visitor.get('/connections')).status).toBe(200);
  });
});
