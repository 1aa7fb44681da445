import { setTimeout as pause } from 'node:timers/promises';
import { adminPaths, apiRoutes, onboardingPaths, paths } from '../../server/paths.js';
import { localPart } from '../routes/accounts/flow/journeys.js';
import type { Answers } from './answers.js';
import type { FaultWindows } from './faultWindows.js';
import { type Ledger, pairOf, type Standing } from './ledger.js';
import { LivePage } from './livePage.js';
import type { Random } from './random.js';
import { admin, type Setting } from './setting.js';
import { answerTo, SoakBrowser, statesOn, Unanswered } from './soakBrowser.js';

/** A user, who does one thing at a time, but for looking. */
export interface SoakUser {
  readonly identifier: string;
  browser: SoakBrowser | null;
  /** How often they began to sign out. */
  signOuts: number;
  /** Until when nothing more is begun, in milliseconds of `performance.now()`; infinity while something is under way. */
  busyUntil: number;
  readonly pages: Set<LivePage>;
}

export interface JourneyDeps {
  readonly setting: Setting;
  readonly answers: Answers;
  readonly ledger: Ledger;
  readonly windows: FaultWindows;
  readonly random: Random;
  readonly users: readonly SoakUser[];
  /** Ends what goes on for long by itself. */
  readonly signal: AbortSignal;
  /** Ends everything, since somebody has stopped the soak. */
  readonly stopped: AbortSignal;
}

/** The addresses of a flow. */
interface FlowPaths {
  readonly json: string;
  readonly page: string;
  readonly finish: string;
}

const flowPaths = (name: string, flow: string): FlowPaths => ({
  json: paths.statusJson(name, flow),
  page: paths.status(name, flow),
  finish: paths.finishFlow(name, flow),
});

const stepPaths = (id: string, name: string, flow: string): FlowPaths => ({
  json: onboardingPaths.statusJson(id, name, flow),
  page: onboardingPaths.status(id, name, flow),
  finish: onboardingPaths.finishFlow(id, name, flow),
});

/** What came of something, that no answer says. It is counted under the name of the journey. */
class Unexpected extends Error {}

const consents = ['gmail', 'slack', 'github', 'notion', 'linear', 'hubspot'];
const forms = ['exa', 'tavily'];
export const connectionNames: readonly string[] = [...consents, ...forms];

/** Somebody tries again for so long what only reads, as people and pages do. */
const triedForMs = 60_000;
const againMs = 1_000;
/** What was begun and came to no answer may still be carried out for so long. */
const restMs = 45_000;
/** So old an acknowledgement is known to every instance, and to whoever was told by a webhook. */
const settledMs = 15_000;
const mostPages = 2;

/**
 * What people and programs do. Each resolves when it is over, and rejects with `Unanswered` when a request was not
 * answered, which is counted already.
 */
export function createJourneys(deps: JourneyDeps) {
  const { setting, answers, ledger, windows, random, users, signal, stopped } = deps;
  const { url: origin } = setting.front;
  const operator = new SoakBrowser(origin, answers);
  let isOperatorThere = false;

  /** Tries again what may be tried again. */
  async function persist<T>(work: () => Promise<T>): Promise<T> {
    const until = performance.now() + triedForMs;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isOver = stopped.aborted || performance.now() > until;
        if (isOver || !(error instanceof Unanswered)) throw error;
        await pause(againMs);
      }
    }
  }

  /** What nobody may find otherwise: it was acknowledged some time ago, and no fault came between. */
  function settled(pair: string): Standing | null {
    const quietSince = Math.max(ledger.since(pair), windows.healedAt());
    return performance.now() - quietSince > settledMs ? ledger.standingOf(pair) : null;
  }

  /** Looks whether states that were read are those that were acknowledged. @param read reads them */
  async function compared(where: string, { identifier }: SoakUser, read: () => Promise<Map<string, string>>) {
    const expected = connectionNames.map((name) => {
      const pair = pairOf(identifier, name);
      return { name, pair, standing: settled(pair), version: ledger.versionOf(pair) };
    });
    const began = performance.now();
    const states = await read();
    for (const { name, pair, standing, version } of expected) {
      const state = states.get(name);
      if (standing === null || ledger.versionOf(pair) !== version || state === standing) continue;
      if (windows.during(began, performance.now()) !== null) continue;
      ledger.lose(`${pair} was acknowledged as ${standing}, and is ${state ?? 'not there'} ${where}`);
    }
    return states;
  }

  async function list(user: SoakUser): Promise<Map<string, string>> {
    const { signOuts } = user;
    const browser = await there(user);
    const landing = await browser.read(paths.connections);
    if (new URL(landing.url).pathname !== paths.connections) {
      // Their own sign-out came between.
      if (user.signOuts !== signOuts) return list(user);
      ledger.lose(`${user.identifier} was signed out`);
      user.browser = null;
      throw new Unexpected('somebody was signed out');
    }
    return statesOn(landing.text);
  }

  async function there(user: SoakUser): Promise<SoakBrowser> {
    user.browser ??= await new SoakBrowser(origin, answers).signIn(user.identifier);
    return user.browser;
  }

  /** Something was acknowledged: Scalekit has it now, and open pages show it soon. */
  async function acknowledge(user: SoakUser, name: string, standing: Standing): Promise<void> {
    const pair = pairOf(user.identifier, name);
    const version = ledger.acknowledge(pair, standing);
    for (const page of user.pages) void page.expect(name, standing, version);
    const account = await setting.sandbox.control('account', name, user.identifier);
    for (const what of ledger.compare(pair, account?.status, 'at Scalekit then')) ledger.lose(what);
  }

  /** Polls as a status page does, until the flow has ended, and finishes what a fault left to be finished. */
  async function untilDone(browser: SoakBrowser, { json, page, finish }: FlowPaths): Promise<void> {
    for (const until = performance.now() + triedForMs; performance.now() < until && !stopped.aborted; ) {
      const { text } = await persist(() => browser.go(origin + json));
      const { status, next_poll_ms: nextMs } = JSON.parse(text) as {
        status: string;
        next_poll_ms: number | null;
      };
      if (status === 'done') return;
      if (nextMs === null) throw new Unexpected(`a flow is ${status}`);
      await pause(nextMs);
      await persist(() => browser.pressIfThere(page, finish));
    }
    throw new Unexpected('a flow did not end');
  }

  const flowIn = (address: string) => new URL(address, origin).searchParams.get('flow') ?? '';

  /** Allows at the provider, and comes back. @returns the flow */
  async function consent(browser: SoakBrowser, link: string): Promise<string> {
    if (!link.startsWith(setting.sandbox.url)) throw new Unexpected('connect did not lead to the provider');
    const back = await browser.go(link, { method: 'POST', form: { outcome: 'allow' } });
    return flowIn(back.url);
  }

  /** Whether something of a user's is free to be changed, and how it stands. */
  const standingOf = (user: SoakUser, name: string) => ledger.standingOf(pairOf(user.identifier, name));

  /** Takes a user who has nothing to do, and one of their connections, for as long as `work` takes. */
  async function withFree(
    names: readonly string[],
    isWanted: (standing: Standing | null) => boolean,
    work: (user: SoakUser, name: string) => Promise<void>,
  ): Promise<void> {
    const now = performance.now();
    const free = users
      .filter(({ busyUntil }) => busyUntil < now)
      .flatMap((user) =>
        names.filter((name) => isWanted(standingOf(user, name))).map((name) => ({ user, name })),
      );
    const chosen = random.pick(free);
    if (chosen === undefined) return;
    const { user, name } = chosen;
    user.busyUntil = Number.POSITIVE_INFINITY;
    let restUntil = 0;
    try {
      await work(user, name);
    } catch (error) {
      restUntil = performance.now() + restMs;
      throw error;
    } finally {
      user.busyUntil = restUntil;
    }
  }

  const isUnconnected = (standing: Standing | null) => standing !== 'active';
  const isActive = (standing: Standing | null) => standing === 'active';

  return {
    async 'sign in'() {
      const user = random.pick(users);
      if (user === undefined) return;
      user.browser = await new SoakBrowser(origin, answers).signIn(user.identifier);
    },

    async 'look at the list'() {
      const user = random.pick(users);
      if (user !== undefined) await compared('on the list', user, () => list(user));
    },

    connect: () =>
      withFree(consents, isUnconnected, async (user, name) => {
        await list(user);
        const browser = await there(user);
        ledger.begin(pairOf(user.identifier, name));
        const { url } = await browser.press(paths.startConnect(name));
        const flow = await consent(browser, url);
        await untilDone(browser, flowPaths(name, flow));
        await acknowledge(user, name, 'active');
      }),

    'enter a key': () =>
      withFree(forms, isUnconnected, async (user, name) => {
        await list(user);
        const browser = await there(user);
        ledger.begin(pairOf(user.identifier, name));
        const flow = flowIn((await browser.press(paths.startConnect(name))).url);
        const form = await browser.press(paths.openLink(name, flow));
        const entering = pause(random.between(2_000, 6_000)).then(() =>
          browser.go(form.url, { method: 'POST', form: { api_key: 'a key of the soak' } }),
        );
        await Promise.all([entering, untilDone(browser, flowPaths(name, flow))]);
        await acknowledge(user, name, 'active');
      }),

    disconnect: () =>
      withFree(connectionNames, isActive, async (user, name) => {
        const browser = await there(user);
        await browser.read(paths.disconnect(name));
        ledger.begin(pairOf(user.identifier, name));
        const location = await browser.submitOnce(paths.disconnect(name));
        if (!location.startsWith(paths.connections)) throw new Unexpected('disconnecting leads elsewhere');
        await acknowledge(user, name, 'not_connected');
      }),

    async 'keep a page open'() {
      const user = random.pick(users.filter(({ pages }) => pages.size < mostPages));
      if (user === undefined) return;
      const page = new LivePage({ origin, answers, windows, ledger }, await there(user), user.identifier);
      user.pages.add(page);
      await pause(random.between(10_000, 60_000), undefined, { signal }).catch(() => undefined);
      user.pages.delete(page);
      page.close();
    },

    async 'ask the API'() {
      const user = random.pick(users);
      if (user === undefined) return;
      await compared('to the API', user, async () => {
        const path = apiRoutes.userConnections.replace(':identifier', encodeURIComponent(user.identifier));
        const headers = { authorization: `Bearer ${setting.acme.key}` };
        const url = `${origin}${path}?connections=${connectionNames.join(',')}`;
        const answer = await answerTo(answers, 'an ask of the API', url, { headers });
        const { connections, stale } = (await answer.json()) as {
          connections: { name: string; state: string }[];
          stale: boolean;
        };
        if (stale && windows.during(performance.now() - settledMs, performance.now()) === null) {
          throw new Unexpected('an answer is stale');
        }
        return new Map(connections.map(({ name, state }) => [name, state]));
      });
    },

    'go through an onboarding': () =>
      withFree(consents, isUnconnected, async (user, name) => {
        const body = {
          identifier: user.identifier,
          return_url: `${setting.receiver.url}/back`,
          user_check: 'none',
          connections: [{ name }],
        };
        const headers = { authorization: `Bearer ${setting.acme.key}`, 'content-type': 'application/json' };
        const url = origin + apiRoutes.onboardingSessions;
        const init = { method: 'POST', headers, body: JSON.stringify(body) };
        const created = await answerTo(answers, 'an onboarding is created', url, init);
        const { id, url: startUrl } = (await created.json()) as { id: string; url: string };
        const browser = new SoakBrowser(origin, answers);
        const start = await browser.read(localPart(startUrl));
        const token = /name="token" value="([^"]*)"/.exec(start.text)?.[1] ?? '';
        await browser.press(onboardingPaths.start, { token });
        ledger.begin(pairOf(user.identifier, name));
        const connecting = await browser.press(onboardingPaths.startConnect(id, name));
        const flow = await consent(browser, connecting.url);
        await untilDone(browser, stepPaths(id, name, flow));
        await acknowledge(user, name, 'active');
        await persist(() => browser.read(onboardingPaths.steps(id)));
        const isBack = (address: string) => address.startsWith(setting.receiver.url);
        const { url: backUrl } = await browser.press(onboardingPaths.finish(id), {}, isBack);
        if (!isBack(backUrl)) throw new Unexpected('an onboarding does not lead back');
        ledger.completeOnboarding(id);
      }),

    'Scalekit changes an account': () =>
      withFree(
        connectionNames,
        (standing) => standing === 'active' || standing === 'expired',
        async (user, name) => {
          const { identifier } = user;
          const { sandbox } = setting;
          const isExpired = standingOf(user, name) === 'expired';
          const standing = isExpired
            ? 'active'
            : random.next() < 0.7 && consents.includes(name)
              ? 'expired'
              : 'disconnected';
          ledger.begin(pairOf(identifier, name));
          if (standing === 'active') await sandbox.control('refresh', name, identifier);
          else await sandbox.control(standing === 'expired' ? 'expire' : 'revoke', name, identifier);
          await acknowledge(user, name, standing);
        },
      ),

    async 'look at admin pages'() {
      if (!isOperatorThere) await operator.signIn(admin);
      isOperatorThere = true;
      const user = random.pick(users.filter(({ browser }) => browser !== null));
      const pages = [
        adminPaths.overview,
        adminPaths.users(),
        adminPaths.users({ q: 'soak' }),
        adminPaths.user(user?.identifier ?? admin),
        adminPaths.events(),
        adminPaths.connections,
        adminPaths.clientDeliveries(setting.acme.client.id),
      ];
      const landing = await operator.read(random.pick(pages) ?? adminPaths.overview);
      if (!new URL(landing.url).pathname.startsWith(adminPaths.overview)) {
        ledger.lose('the admin was signed out');
        isOperatorThere = false;
      }
    },

    'sign out and in': () =>
      withFree(
        connectionNames,
        () => true,
        async (user) => {
          for (const page of user.pages) page.close();
          user.pages.clear();
          await list(user);
          const browser = await there(user);
          // Whoever looks meanwhile does so in another one.
          user.browser = null;
          user.signOuts += 1;
          await browser.press(paths.signOut);
          user.browser = await browser.signIn(user.identifier);
        },
      ),
  };
}

export type JourneyName = keyof ReturnType<typeof createJourneys>;
