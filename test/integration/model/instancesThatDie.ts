import { setTimeout as pause } from 'node:timers/promises';
import type { KyselyPlugin } from 'kysely';
import { createSandbox, type Sandbox } from '../../../server/sandbox/sandbox.js';
import { createSdkGateway } from '../../../server/scalekit/sdkGateway.js';
import type { World } from '../../model/world.js';
import { anotherApp } from '../../routes/onboarding/onboardingJourneys.js';
import { type Front, startFront } from '../../support/front.js';
import type { PostgresDatabase } from '../../support/postgresDatabase.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { secret } from '../../unit/webhooks/deliveries.js';

/** An instance that can be thrown away between two statements. */
interface Mortal {
  readonly app: TestApp;
  /** Tells it that Scalekit answers again. */
  tellBack(): void;
  /** How many more statements it sends before it dies; never when null. */
  left: number | null;
  isDead: boolean;
}

class Died extends Error {
  override readonly name = 'Died';
}

/** Counts an instance's statements down, and lets none through once it is dead. */
const countingDown = (mortal: { left: number | null; isDead: boolean }): KyselyPlugin => ({
  transformQuery({ node }) {
    if (mortal.left !== null) mortal.left -= 1;
    if (mortal.left !== null && mortal.left < 0) mortal.isDead = true;
    if (mortal.isDead) throw new Died('the instance died here');
    return node;
  },
  transformResult: async ({ result }) => result,
});

/** Two instances in this process, on one PostgreSQL database. */
export async function startInstancesThatDie(
  postgres: PostgresDatabase,
): Promise<World & { close(): Promise<void> }> {
  const sandbox: Sandbox = await createSandbox({ seed: 'empty', webhookRetryMs: 20 });
  const front: Front = await startFront();

  async function begin(): Promise<Mortal> {
    const fate: { left: number | null; isDead: boolean } = { left: null, isDead: false };
    const listeners: (() => void)[] = [];
    const gateway = createSdkGateway({
      environmentUrl: sandbox.url,
      clientId: 'sandbox',
      clientSecret: 'sandbox',
      timeoutMs: 3000,
    });
    const app = await startTestApp({
      gateway,
      databaseUrl: postgres.url,
      sandboxOrigin: sandbox.url,
      statements: countingDown(fate),
      onScalekitBack: (listener) => void listeners.push(listener),
      env: {
        PUBLIC_URL: front.url,
        SCALEKIT_WEBHOOK_SECRETS: secret,
        SESSION_SECRET: 'a secret of the tests that is long enough',
        RATE_LIMIT_API_PER_MINUTE: '100000',
      },
    });
    app.deps.webhooks.worker.start();
    app.deps.webhooks.log.job.start();
    return Object.assign(fate, { app, tellBack: () => listeners.forEach((tell) => void tell()) });
  }

  let [one, other] = [await begin(), await begin()];
  let chosen = one;
  const choose = (instance: Mortal) => {
    chosen = instance;
    front.choose(instance.app.port);
  };
  choose(one);
  sandbox.control.setWebhook({ url: `${front.url}/webhooks/scalekit`, secret });
  const acme = await anotherApp({ ...one.app, url: front.url }, { moreUserChecks: ['none', 'sign_in'] });

  async function bury(dead: Mortal): Promise<void> {
    dead.isDead = true;
    await dead.app.deps.webhooks.log.job.stop();
    await dead.app.deps.webhooks.worker.stop();
    await dead.app.close();
  }

  return {
    url: front.url,
    sandboxUrl: sandbox.url,
    control: sandbox.control,
    acme,
    move: () => choose(chosen === one ? other : one),
    crashSoon(after) {
      chosen.left ??= after;
    },
    isDying: () => one.isDead || other.isDead,
    async replaceDead() {
      for (const dead of [one, other]) {
        dead.left = null;
        if (!dead.isDead) continue;
        await bury(dead);
        const next = await begin();
        if (dead === one) one = next;
        else other = next;
        if (chosen === dead) choose(next);
      }
    },
    async catchUp() {
      const { log } = chosen.app.deps.webhooks;
      const before = log.readUntil();
      chosen.tellBack();
      for (let tries = 0; tries < 300 && log.readUntil() === before && !chosen.isDead; tries += 1)
        await pause(10);
    },
    query: (statement) => postgres.run(statement),
    async close() {
      await Promise.all([bury(one), bury(other)]);
      await front.close();
      await sandbox.close();
    },
  };
}
