import { readConfig } from '../../../../server/config/config.js';
import { inParallel } from '../../../../server/kernel/inParallel.js';
import { type ForgingIssuer, startForgingIssuer } from '../../../support/forgingIssuer.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import { Surfer } from '../../../support/surfer.js';
import { startTestApp, type TestApp } from '../../../support/testApp.js';

let issuer: ForgingIssuer;
let app: TestApp;

beforeAll(async () => {
  issuer = await startForgingIssuer();
});

afterEach(() => app.close());

afterAll(() => issuer.close());

async function start(perMinute = readConfig({}).rateLimits.signInPerMinute): Promise<void> {
  const env = { ...issuer.env, RATE_LIMIT_SIGN_IN_PER_MINUTE: String(perMinute) };
  app = await startTestApp({ gateway: createMemoryGateway(), env });
}

/** Browsers that have never been here, all behind one address. */
const browsers = (count: number) => Array.from({ length: count }, () => new Surfer());

const isAtProvider = (url: string) => url.startsWith(issuer.url);

/** Presses "Sign in", and stops before the provider. */
const begin = async (surfer: Surfer) =>
  surfer.submit(await surfer.go(`${app.url}/sign-in`), 'Sign in', { stopAt: isAtProvider });

/** Begins sign-ins one after the other. @returns what the app answers to each */
async function statusesOf(surfers: readonly Surfer[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const surfer of surfers) {
    const { url, status } = await begin(surfer);
    statuses.push(isAtProvider(url) ? 303 : status);
  }
  return statuses;
}

/** So many at a time, as the machine bears. */
const atATime = 4;

it('400 people behind one address sign in, all of whom begin before the first comes back', async () => {
  await start();
  const begun: { surfer: Surfer; url: string }[] = [];
  await inParallel(browsers(400), atATime, async (surfer) => {
    begun.push({ surfer, url: (await begin(surfer)).url });
  });
  const list = `${app.url}/connections`;
  const ends: string[] = [];
  await inParallel(begun, atATime, async ({ surfer, url }) => {
    ends.push((await surfer.go(url, { stopAt: (next) => next === list })).url);
  });
  expect(ends).toEqual(Array(400).fill(list));
});

it('one browser, and one address with a new browser each time, begin so many sign-ins without success', async () => {
  await start(1);
  const surfer = new Surfer();
  expect(await statusesOf([surfer, surfer])).toEqual([303, 429]);
  expect(await statusesOf(browsers(100))).toEqual([...Array(99).fill(303), 429]);
});

describe('callbacks that nobody but a guesser sends', () => {
  const guess = async (query: string, surfer = new Surfer()) =>
    (await surfer.ask(`${app.url}/sign-in/callback?${query}`)).status;

  async function guessStates(count: number): Promise<number[]> {
    const statuses: number[] = [];
    for (let each = 0; each < count; each += 1) statuses.push(await guess(`code=a&state=guess-${each}`));
    return statuses;
  }

  it('are stopped after so many from one address, while the people behind it sign in', async () => {
    await start(2);
    const early = new Surfer();
    const { url } = await begin(early);
    expect(await guessStates(22)).toEqual([...Array(20).fill(400), 429, 429]);
    const late = new Surfer();
    for (const [surfer, address] of [
      [early, url],
      [late, (await begin(late)).url],
    ] as const)
      expect((await surfer.go(address)).url).toBe(`${app.url}/connections`);
  });

  it('count also with a state of somebody else, and with one of their own', async () => {
    await start(2);
    const queryOf = async (surfer: Surfer) => new URL((await begin(surfer)).url).searchParams.get('state');
    const [own, others] = [new Surfer(), new Surfer()];
    const [ownState, othersState] = [await queryOf(own), await queryOf(others)];
    expect(await guessStates(18)).toEqual(Array(18).fill(400));
    issuer.forge({ tokenError: { error: 'invalid_grant', error_description: 'never given' } });
    const iss = encodeURIComponent(issuer.url);
    expect(await guess(`code=guess&state=${ownState}&iss=${iss}`, own)).toBe(400);
    issuer.forge({});
    expect(await guess(`code=guess&state=${othersState}&iss=${iss}`)).toBe(403);
    expect(await guessStates(1)).toEqual([429]);
  });
});
