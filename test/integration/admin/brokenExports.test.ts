import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { adminPaths } from '../../../server/paths.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import type { Db } from '../../../server/store/database/schema.js';
import { type JourneyApp, startJourneyApp } from '../../routes/accounts/flow/journeys.js';
import { newDataFolder } from '../../support/dataFolder.js';
import { freePort } from '../../support/freePort.js';
import { startInstance } from '../../support/instanceProcess.js';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, postgresOfThisFile, silent } from '../../unit/tempDatabase.js';

const admin = 'katherine@example.com';
const person = 'ada@example.com';
const env = { ADMIN_IDENTIFIERS: admin };
const rowsOfEach = 6000;

/** More than all sockets on the way hold, for each export. */
async function fill(db: Db): Promise<void> {
  const long = 'x'.repeat(3000);
  for (let from = 0; from < rowsOfEach; from += 500) {
    const places = Array.from({ length: 500 }, (_, index) => from + index);
    const user = { displayName: long, firstSeenAt: 1 };
    const event = { at: 1, type: 'flow.started', identifier: person, detail: long };
    await db
      .insertInto('users')
      .values(places.map((place) => ({ ...user, identifier: `user-${place}` })))
      .execute();
    await db
      .insertInto('auditEvents')
      .values(places.map((place) => ({ ...event, id: `event-${place}` })))
      .execute();
  }
}

/** Signs in, and asks for a file; the answer is not read yet. */
async function exportFrom(origin: string, path: string): Promise<IncomingMessage> {
  const cookies = new Map<string, string>();
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  async function send(to: string, fields?: Record<string, string>): Promise<string> {
    const init = fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) };
    const answer = await fetch(origin + to, { ...init, headers: { cookie: cookie() }, redirect: 'manual' });
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = set.split(';')[0]?.split('=') ?? [];
      cookies.set(name, value);
    }
    return /name="_csrf" value="([^"]+)"/.exec(await answer.text())?.[1] ?? '';
  }
  await send('/sign-in', { identifier: admin, _csrf: await send('/sign-in') });
  const body = new URLSearchParams({ _csrf: await send(path) }).toString();
  const headers = { cookie: cookie(), 'content-type': 'application/x-www-form-urlencoded' };
  const asked = request(origin + path, { method: 'POST', headers, agent: false });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`the export answered ${answer.statusCode}`);
  return answer;
}

const exports = [
  ['users', adminPaths.exportUsers()],
  ['events', adminPaths.exportEvents()],
  ['all about one user', adminPaths.exportUser(person)],
] as const;

describe.each(databaseKinds)('an export that its browser gives up, on %s', (kind) => {
  let app: JourneyApp;

  beforeAll(async () => {
    if (kind === 'postgres') await (await openTempDatabase(kind)).close();
    const databaseUrl = kind === 'postgres' ? { databaseUrl: (await postgresOfThisFile()).url } : {};
    app = await startJourneyApp({ env, ...databaseUrl });
    await fill(app.deps.db);
  });

  afterAll(() => app.close());

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each(exports)('reads no further, and is no fault: %s', async (_, path) => {
    const before = app.logLines().length;
    const newLines = () => app.logLines().slice(before);
    const answer = await exportFrom(app.url, path);
    const queries = jest.spyOn(app.deps.db.getExecutor(), 'executeQuery');
    await once(answer, 'data');
    answer.destroy();
    const isTold = ({ req, reference }: Record<string, unknown>) =>
      req !== undefined && reference === answer.headers['x-request-id'];
    while (!newLines().some(isTold)) await pause(10);
    // The page that was being read when it was given up may still be.
    await pause(100);
    const read = queries.mock.calls.length;
    await pause(300);
    expect(queries.mock.calls.length).toBe(read);
    expect(read).toBeLessThan(path === adminPaths.exportUsers() ? rowsOfEach / 50 : rowsOfEach / 500);
    expect(newLines().filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });
});

describe('an export whose server is killed', () => {
  it('is seen to be broken', async () => {
    const folder = await newDataFolder();
    const database = await openDatabase({ dataDir: folder, databaseUrl: null }, silent);
    await fill(database.db);
    await database.close();
    const instance = await startInstance(folder, {
      DATA_DIR: folder,
      SANDBOX_PORT: String(await freePort()),
      ...env,
    });
    try {
      const answer = await exportFrom(`http://localhost:${instance.port}`, adminPaths.exportUsers());
      await once(answer, 'data');
      answer.pause();
      await instance.kill();
      await expect(text(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(answer.complete).toBe(false);
    } finally {
      await instance.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
