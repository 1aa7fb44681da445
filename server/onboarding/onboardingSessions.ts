import type { FlowEnding } from '../accounts/flow/flowEnding.js';
import type { FlowStore } from '../accounts/flow/flowStore.js';
import type { UnverifiedAccounts } from '../accounts/flow/unverifiedAccounts.js';
import type { AccountReader } from '../accounts/list/accountReader.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { RequiredReconnects } from '../accounts/list/requiredReconnects.js';
import type { RequestInfo } from '../http/requestInfo.js';
import { type ApiClient, clientKeyOf, mayAsk } from '../identity/clients/apiClient.js';
import type { ApiClients } from '../identity/clients/apiClients.js';
import { hashed } from '../kernel/hashed.js';
import { newReference } from '../kernel/reference.js';
import type { AuditTrail } from '../store/auditTrail.js';
import { tellClients } from '../store/clientEventStore.js';
import type { PageKey } from '../store/database/newestFirst.js';
import { confirmAddress, continueAddress, registeredStill, returnAddress } from './addresses.js';
import { createFlowClosing } from './flowClosing.js';
import { createOnboardingProgress } from './onboardingProgress.js';
import { confirmNonceOf, newContinueCode, newCookieValue } from './onboardingSecrets.js';
import {
  asOf,
  endToTell,
  eventOf,
  type Happening,
  isStartable,
  isUnended,
  type OnboardingSession,
  onboardingKeyOf,
  startedLifetimeMs,
} from './onboardingSession.js';
import type { ListFilter, OnboardingStore, Passed, Start } from './onboardingStore.js';
import { nothingDone } from './outcomes.js';
import { onboardingRefusal, otherUserOfLink } from './refusals.js';
import type { ResultTokens } from './resultTokens.js';

/** What a start address shows. */
export interface Look {
  readonly session: OnboardingSession;
  /** The other app, or null when it was revoked. */
  readonly client: ApiClient | null;
  /** Whether it can be started now. */
  readonly startable: boolean;
  /** Where the browser goes when the onboarding can't be started, or null for one of the app's own pages. */
  readonly refreshUrl: string | null;
}

/** An onboarding that a browser has started. */
export interface Started {
  readonly session: OnboardingSession;
  /** The value of the cookie; only its hash is kept. */
  readonly cookie: string;
}

/** The other app's word on who is at the browser. */
export interface Confirmation {
  readonly nonce: string;
  /** The identifier of the user that is signed in there. */
  readonly identifier: string;
}

export interface OnboardingSessionsDeps {
  readonly store: OnboardingStore;
  readonly clients: Pick<ApiClients, 'find'>;
  readonly reader: AccountReader;
  readonly catalogue: Pick<CatalogueReader, 'read'>;
  readonly reconnects: RequiredReconnects;
  readonly unverified: UnverifiedAccounts;
  readonly flows: FlowStore;
  readonly ending: Pick<FlowEnding, 'abandon' | 'withPair'>;
  readonly audit: AuditTrail;
  readonly results: ResultTokens;
  readonly publicUrl: string;
}

export type OnboardingSessions = ReturnType<typeof createOnboardingSessions>;

const otherUser = 'security.onboarding_other_user';
const userKeyOf = (identifier: string) => `user:${identifier}`;

/** Whether the client still has the rights that it had when it made the onboarding. */
const mayStill = (client: ApiClient, { userCheck }: OnboardingSession): boolean =>
  client.scopes.includes('onboarding') && mayAsk(client, userCheck);

function startNow({ id, userCheck, restartUntil }: OnboardingSession, cookie: string): Start {
  const now = Date.now();
  return {
    now,
    expiresAt: Math.max(now + startedLifetimeMs, restartUntil ?? 0),
    cookieHash: hashed(cookie),
    nonceHash: userCheck === 'confirm' ? hashed(confirmNonceOf(id, cookie)) : null,
    checkedAt: userCheck === 'none' ? now : null,
  };
}

/** A link that lives for days is used up by the check, and leaves as much time from then on as others from the start. */
function passNow({ expiresAt, restartUntil }: OnboardingSession): Passed {
  const now = Date.now();
  return { now, expiresAt: restartUntil === null ? expiresAt : now + startedLifetimeMs };
}

/** As it stands now. */
const current = (session: OnboardingSession | null) => (session === null ? null : asOf(session, Date.now()));

/** The onboardings of other apps, from the look at their address to the return. */
export function createOnboardingSessions(deps: OnboardingSessionsDeps) {
  const { store, clients, audit, results, publicUrl } = deps;
  const closeFlows = createFlowClosing(deps);
  const { progress, endOf, recorded } = createOnboardingProgress(deps);

  /** One of a client's own. @throws DomainError `onboarding_unknown`, also for those of others */
  async function find(client: ApiClient, id: string): Promise<OnboardingSession> {
    const session = current(await store.find(id));
    if (session === null || session.clientId !== client.id) throw onboardingRefusal('onboarding_unknown');
    return session;
  }

  /** The other app, or null when it was revoked. */
  async function clientOf({ clientId }: OnboardingSession): Promise<ApiClient | null> {
    const found = await clients.find(clientId);
    return found === null || found.client.revokedAt !== null ? null : found.client;
  }

  /**
   * Makes a change of one, and writes down what happened, also for its client when that is an end: all or nothing.
   * @returns it as it is then, or null when it could not be changed
   */
  const change = (
    what: Happening,
    make: (changing: OnboardingStore) => Promise<OnboardingSession | null>,
  ): Promise<OnboardingSession | null> =>
    audit.recording(async ({ within, record }) => {
      const session = await make(store.within(within));
      if (session === null) return null;
      record(eventOf(what, session));
      if (!isUnended(session)) await tellClients(within, [endToTell(session, session.outcomes)]);
      return session;
    });

  /** What a start token leads to, or null when there is no such token. Changes nothing. */
  async function lookAt(token: string): Promise<Look | null> {
    const session = current(await store.findByToken(hashed(token)));
    if (session === null) return null;
    const client = await clientOf(session);
    return {
      session,
      client,
      startable: client !== null && isStartable(session, Date.now()) && mayStill(client, session),
      refreshUrl: client === null ? null : registeredStill(client, 'refreshUrls', session.refreshUrl),
    };
  }

  /** Why one can't be confirmed. @throws DomainError as `find` */
  async function refusalOf(client: ApiClient, id: string) {
    const session = await find(client, id);
    if (session.status === 'open') return onboardingRefusal('onboarding_not_started');
    if (!isUnended(session)) return onboardingRefusal('onboarding_ended');
    return onboardingRefusal(session.checkedAt === null ? 'nonce_unknown' : 'onboarding_confirmed');
  }

  /** Turns a user away whom the onboarding was not made for. @throws DomainError always */
  async function refuseOther(
    client: ApiClient,
    session: OnboardingSession,
    { nonce, identifier }: Confirmation,
    info: RequestInfo,
  ): Promise<never> {
    const { id, restartUntil } = session;
    const nonceHash = hashed(nonce);
    const brought = { type: otherUser, actor: userKeyOf(identifier), info } as const;
    if (restartUntil !== null) {
      const waitsOn = await change(brought, (changing) => changing.turnAway(id, nonceHash, Date.now()));
      if (waitsOn !== null) throw otherUserOfLink();
    }
    const { outcomes } = await endOf(session, true);
    const ended = await change(brought, (changing) =>
      changing.cancelByNonce(id, nonceHash, outcomes, Date.now()),
    );
    if (ended === null) throw await refusalOf(client, id);
    await closeFlows(ended, info);
    throw onboardingRefusal('other_user');
  }

  return {
    find,
    /** Those of a client, as they stand, the newest first. */
    async list(client: ApiClient, filter: ListFilter, before: PageKey | null, limit: number) {
      const now = Date.now();
      const sessions = await store.list(client.id, filter, { before, limit, now });
      return sessions.map((session) => asOf(session, now));
    },
    clientOf,
    lookAt,
    progress,

    /**
     * Starts one in a browser. That uses the token up, of which one of several calls at the same time gets it; a link that
     * lives for days starts it anew until the check is passed, and the browser before has it no more.
     * @returns null when the token is unknown or used up
     */
    async start(token: string, info: RequestInfo): Promise<Started | null> {
      const look = await lookAt(token);
      if (look === null || !look.startable) return null;
      const cookie = newCookieValue();
      const by = { actor: onboardingKeyOf(look.session), info } as const;
      const start = startNow(look.session, cookie);
      const session =
        (await change({ type: 'onboarding.started', ...by }, (changing) =>
          changing.start(hashed(token), start),
        )) ??
        (await change({ type: 'onboarding.started_again', ...by }, (changing) =>
          changing.restart(hashed(token), start),
        ));
      return session === null ? null : { session, cookie };
    },

    /** The onboarding of a browser, in whatever status, or null. */
    ofCookie: async (cookie: string) => current(await store.findByCookie(hashed(cookie))),

    /** Those of several cookies, in whatever status. */
    async ofCookies(cookies: readonly string[]): Promise<OnboardingSession[]> {
      const now = Date.now();
      return (await store.findByCookies(cookies.map(hashed))).map((session) => asOf(session, now));
    },

    /**
     * The other app says who its user is. When that is not the user whom the onboarding was made for, it ends and its flows
     * close; a link that lives for days waits on for its user.
     * @returns the address to send that browser to, which works there only, once, and for five minutes
     * @throws DomainError as `find`, and when it can't be confirmed
     */
    async confirm(client: ApiClient, id: string, confirmation: Confirmation, info: RequestInfo) {
      const session = await find(client, id);
      if (session.userCheck !== 'confirm') throw onboardingRefusal('confirm_not_expected');
      if (confirmation.identifier !== session.identifier) {
        return refuseOther(client, session, confirmation, info);
      }
      const code = newContinueCode();
      const said = { type: 'onboarding.confirmed', actor: clientKeyOf(client), info } as const;
      const confirmed = await change(said, (changing) =>
        changing.confirm(id, hashed(confirmation.nonce), hashed(code), Date.now()),
      );
      if (confirmed === null) throw await refusalOf(client, id);
      return continueAddress(publicUrl, id, code);
    },

    /** Where the browser goes to be confirmed, or null when that address is no longer registered. */
    async confirmUrlOf(session: OnboardingSession, cookie: string): Promise<string | null> {
      const client = await clientOf(session);
      const url = client === null ? null : registeredStill(client, 'confirmUrls', session.confirmUrl);
      return url === null ? null : confirmAddress(url, session, confirmNonceOf(session.id, cookie));
    },

    /** Passes the check `confirm`, with the code and the cookie together. @returns null when they don't fit */
    async continueWith(
      id: string,
      code: string,
      cookie: string | null,
      info: RequestInfo,
    ): Promise<OnboardingSession | null> {
      const codeHash = hashed(code);
      const waiting = cookie === null ? null : await store.find(id);
      if (cookie !== null && waiting !== null) {
        const continued = { type: 'onboarding.continued', actor: onboardingKeyOf({ id }), info } as const;
        const session = await change(continued, (changing) =>
          changing.continueWith(id, codeHash, hashed(cookie), passNow(waiting)),
        );
        if (session !== null) return session;
      }
      const elsewhere = { type: 'security.onboarding_other_browser', actor: null, info } as const;
      await change(elsewhere, (changing) => changing.burnCode(id, codeHash));
      return null;
    },

    /** Passes the check `sign_in`. @returns null when it is another user, or there is no such check to pass */
    async signedInAs(
      { session, cookie }: Started,
      identifier: string,
      info: RequestInfo,
    ): Promise<OnboardingSession | null> {
      if (identifier !== session.identifier) {
        await audit.record(eventOf({ type: otherUser, actor: userKeyOf(identifier), info }, session));
        return null;
      }
      const continued = { type: 'onboarding.continued', actor: onboardingKeyOf(session), info } as const;
      return change(continued, (changing) =>
        changing.passCheck(session.id, hashed(cookie), passNow(session)),
      );
    },

    /** Passes over an optional connection. @returns null when it is not under way, or not optional */
    async skip(session: OnboardingSession, name: string): Promise<OnboardingSession | null> {
      const asked = session.connections.find((connection) => connection.name === name);
      if (asked === undefined || asked.required) return null;
      return store.skip(session.id, name, Date.now());
    },

    /** Ends an onboarding that has not ended, and closes its flows. @throws DomainError as `find` */
    async cancel(client: ApiClient, id: string, info: RequestInfo): Promise<OnboardingSession> {
      const found = await find(client, id);
      // The flows close before the outcomes are read, as when its user leaves it.
      await closeFlows(found, info);
      if (!isUnended(found)) return found;
      const { outcomes } = await endOf(found, true);
      const end = { type: 'onboarding.cancelled', actor: clientKeyOf(client), info } as const;
      const cancelled = await change(end, (changing) => changing.cancel(id, outcomes, Date.now()));
      if (cancelled === null) return find(client, id);
      // What began meanwhile.
      await closeFlows(cancelled, info);
      return cancelled;
    },

    /**
     * Ends it, with what became of its connections as Scalekit has it now, and closes its flows. One that has ended
     * stays as it is, and so does one whose link waits for its user.
     * @param options.leaving ends it whatever is missing, and even while Scalekit can't be reached; otherwise it ends
     * when it is complete, and goes on when it is not
     * @throws DomainError when Scalekit can't be reached
     */
    async finish(
      session: OnboardingSession,
      { leaving }: { readonly leaving: boolean },
      info: RequestInfo,
    ): Promise<OnboardingSession> {
      const now = async () => current(await store.find(session.id)) ?? session;
      if (!leaving && (await endOf(session, leaving)).status !== 'complete') return now();
      // The flows close before the outcomes are read, so that one that is being verified counts.
      await closeFlows(session, info);
      const { status, outcomes } = await endOf(session, leaving);
      if (!leaving && status !== 'complete') return now();
      const end = {
        type: 'onboarding.finished',
        actor: onboardingKeyOf(session),
        info,
        more: status,
      } as const;
      const finished = await change(end, (changing) =>
        changing.finish(session.id, status, outcomes, Date.now()),
      );
      if (finished === null) return now();
      // What began meanwhile.
      await closeFlows(finished, info);
      return finished;
    },

    /**
     * Where the browser goes after the end, with a newly signed result.
     * @returns null when the user did not leave it, or the address is no longer registered
     */
    async returnUrlOf(session: OnboardingSession): Promise<string | null> {
      if (session.status !== 'complete' && session.status !== 'incomplete') return null;
      const client = await clientOf(session);
      if (client === null || registeredStill(client, 'returnUrls', session.returnUrl) === null) return null;
      return returnAddress(session, await results.resultFor(session));
    },

    /** Ends those that ran out, closes their flows, and forgets those that ended before `endedBefore`. */
    async tidy(endedBefore: number): Promise<void> {
      const now = Date.now();
      const info = { reference: newReference(), address: null };
      // The flows close first: after a crash the onboarding is not marked yet, and the next run closes them again.
      for (const session of await store.ranOut(now)) {
        await closeFlows(session, info);
        await store.keepOutcomes(session.id, await recorded(session));
      }
      await audit.recording(async ({ within, record }) => {
        const expired = await store.within(within).tidy(now, endedBefore);
        for (const session of expired) {
          record(eventOf({ type: 'onboarding.expired', actor: null, info: {} }, session));
        }
        const ends = expired.map((session) => endToTell(session, session.outcomes ?? nothingDone(session)));
        await tellClients(within, ends, now);
      });
    },
  };
}
