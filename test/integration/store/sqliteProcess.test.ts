import { rm } from 'node:fs/promises';
import { createSandbox, type Sandbox } from '../../../server/sandbox/sandbox.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import { newDataFolder } from '../../support/dataFolder.js';
import { type Front, startFront } from '../../support/front.js';
import { type InstanceProcess, startInstance } from '../../support/instanceProcess.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { silent } from '../../unit/tempDatabase.js';

const ada = 'ada@example.com';

let sandbox: Sandbox;
let front: Front;
let folder: string;
let running: InstanceProcess;

async function start(): Promise<void> {
  running = await startInstance(folder, {
    PUBLIC_URL: front.url,
    DATA_DIR: folder,
    SESSION_SECRET: 'a secret of the tests that is long enough',
    SCALEKIT_ENVIRONMENT_URL: sandbox.url,
    SCALEKIT_CLIENT_ID: 'sandbox',
    SCALEKIT_CLIENT_SECRET: 'sandbox',
  });
  front.choose(running.port);
}

beforeEach(async () => {
  sandbox = await createSandbox({ seed: 'default' });
  front = await startFront();
  folder = await newDataFolder();
  await start();
});

afterEach(async () => {
  await running.stop();
  await front.close();
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a process on SQLite that was killed while it held a connection', () => {
  it('serves it as soon as it is started again, however long the lease is', async () => {
    const visitor = await new Visitor(front.url).signIn(ada);
    const started = await visitor.post('/connections/gmail/connect');
    const consented = await fetch(started.headers.location ?? '', {
      method: 'POST',
      body: new URLSearchParams({ outcome: 'allow' }),
      redirect: 'manual',
    });
    const back = (consented.headers.get('location') ?? '').slice(front.url.length);
    sandbox.control.fault({ method: 'VerifyConnectedAccountUser', latencyMs: 1000 });
    const arrived = sandbox.control.waitForCall('VerifyConnectedAccountUser');
    const landed = sandbox.control.waitForCall('VerifyConnectedAccountUser', 'carried_out');
    const returning = visitor.get(back);
    await arrived;
    await running.kill();
    await returning;
    const { db, close } = await openDatabase({ dataDir: folder, databaseUrl: null }, silent);
    const held = await db
      .updateTable('locks')
      .set((row) => ({ expiresAt: row('expiresAt', '+', 3_600_000) }))
      .where('name', 'like', 'pair:%')
      .returning('name')
      .execute();
    expect(held).toHaveLength(1);
    await close();
    await landed;
    await start();
    await visitor.get('/connections/gmail/disconnect');
    expect((await visitor.post('/connections/gmail/disconnect')).status).toBe(303);
    expect(sandbox.control.account('gmail', ada)).toBeUndefined();
  });
});
