import {
  anotherApp,
  type OtherApp,
  pressContinue,
  pressStart,
  underWay,
} from '../../routes/onboarding/onboardingJourneys.js';
import { type Front, startFront } from '../../support/front.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../support/memoryGateway.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

let postgres: PostgresDatabase;
let front: Front;
let gateway: MemoryGateway;
let one: TestApp;
let other: TestApp;
let chosen: TestApp;
let acme: OtherApp;

const startInstance = () =>
  startTestApp({ gateway, databaseUrl: postgres.url, env: { PUBLIC_URL: front.url } });

function choose(instance: TestApp): void {
  chosen = instance;
  front.choose(instance.port);
}

/** Sends the next requests to the instance that did not get the last ones. */
const move = () => choose(chosen === one ? other : one);

beforeAll(async () => {
  [postgres, front] = await Promise.all([createPostgresDatabase(), startFront()]);
});

beforeEach(async () => {
  gateway = createMemoryGateway();
  for (const name of ['gmail', 'slack']) gateway.scalekit.addConnection({ name });
  [one, other] = await Promise.all([startInstance(), startInstance()]);
  choose(one);
  acme = await anotherApp({ ...one, url: front.url });
});

afterEach(async () => {
  await Promise.all([one.close(), other.close()]);
});

afterAll(async () => {
  await front.close();
  await postgres.drop();
});

function consentTo(link: string | undefined): string {
  const consent = gateway.scalekit.consent(link ?? '');
  if (consent === null) throw new Error('no browser comes back');
  return consent.returnUrl.slice(front.url.length);
}

const asked = { connections: [{ name: 'gmail' }, { name: 'slack' }] };

describe('an onboarding on two instances', () => {
  it('goes from one to the other in the middle of every step', async () => {
    const { id, path } = await acme.create(asked);
    const steps = `/onboarding/${id}`;
    const browser = new Visitor(front.url);
    await browser.get(path);
    move();
    const started = await pressStart(browser, path);
    move();
    const go = await acme.confirm(started.headers.location ?? '');
    move();
    expect((await pressContinue(browser, go)).headers.location).toBe(steps);
    for (const name of ['gmail', 'slack']) {
      await browser.get(steps);
      move();
      const connect = await browser.post(`${steps}/connections/${name}/connect`);
      move();
      const back = await browser.get(consentTo(connect.headers.location));
      move();
      expect((await browser.follow(back)).text).toContain('is connected');
    }
    await browser.get(steps);
    move();
    expect((await browser.post(`${steps}/finish`)).headers.location).toContain('signed_result=');
    move();
    expect(await acme.statusOf(id)).toBe('complete');
  });

  it('is there after all of them died, with what was done ticked and what was denied to be tried again', async () => {
    const { id, browser, steps } = await underWay({ ...one, url: front.url }, acme, asked);
    const first = await browser.post(`${steps}/connections/gmail/connect`);
    await browser.get(consentTo(first.headers.location));
    const second = await browser.post(`${steps}/connections/slack/connect`);
    const back = new URL(consentTo(second.headers.location), front.url);
    await Promise.all([one.close(), other.close()]);
    [one, other] = await Promise.all([startInstance(), startInstance()]);
    choose(one);
    const state = back.searchParams.get('state') ?? '';
    const denied = await browser.get(`/user/verify?error=access_denied&state=${state}`);
    expect((await browser.follow(denied)).text).toContain('You didn’t give access');
    const page = await browser.get(steps);
    expect([...page.text.matchAll(/data-step="([^"]+)"/g)].map(([, state]) => state)).toEqual([
      'connected',
      'failed',
    ]);
    move();
    const again = await browser.post(`${steps}/connections/slack/connect`);
    expect(again.headers.location).toMatch(/^https:/);
    const backAgain = consentTo(again.headers.location);
    const left = await browser.post(`${steps}/leave`);
    expect(left.headers.location).toContain('signed_result=');
    expect(await acme.statusOf(id)).toBe('incomplete');
    // What comes back after that activates nothing.
    const late = await browser.follow(await browser.get(backAgain));
    expect((await browser.follow(late)).text).toContain('You left before everything was connected');
    const active = gateway.scalekit.accounts.filter(({ status }) => status === 'active');
    expect(active.map(({ connectionName }) => connectionName)).toEqual(['gmail']);
  });
});
