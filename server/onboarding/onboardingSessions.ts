import type { AccountReader, AccountsReading } from '../accounts/accountReader.js';
import { asFailure } from '../accounts/failures.js';
import type { FlowStore } from '../accounts/flowStore.js';
import type { RequiredReconnects } from '../accounts/requiredReconnects.js';
import { type ApiClient, clientKeyOf, mayAsk } from '../identity/apiClient.js';
import type { ApiClients } from '../identity/apiClients.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import type { AuditTrail, AuditType } from '../store/auditTrail.js';
import { hashed } from '../store/hashed.js';
import type { RequestInfo } from '../web/requestInfo.js';
import { confirmAddress, continueAddress, registeredStill, returnAddress } from './addresses.js';
import { onboardingRefusal } from './apiErrors.js';
import { confirmNonceOf, newContinueCode, newCookieValue } from './onboardingSecrets.js';
import {
  asOf,
  type ConnectionOutcome,
  isUnderWay,
  isUnended,
  type OnboardingSession,
  onboardingKeyOf,
  startedLifetimeMs,
} from './onboardingSession.js';
import type { OnboardingStore } from './onboardingStore.js';
import { isComplete, nothingDone, outcomesOf } from './outcomes.js';
import type { ResultTokens } from './resultTokens.js';

/** What an onboarding's address leads to. */
export interface Look {
  readonly session: OnboardingSession;
  /** The other app, or null when it was revoked. */
  readonly client: ApiClient | null;
  /** Whether it can be started now. */
  readonly startable: boolean;
  /** Where the browser goes when it can't be started, or null for a page of ours. */
  readonly refreshUrl: string | null;
}

export interface Started {
  readonly session: OnboardingSession;
  /** The value of the cookie; only its hash is kept. */
  readonly cookie: string;
}

/** What became of the connections so far. */
export interface Progress {
  /** Null while nobody can tell. */
  readonly outcomes: readonly ConnectionOutcome[] | null;
  /** How old that is at most, or null where nothing was read for it. Epoch milliseconds. */
  readonly asOf: number | null;
}

/** The other app's word on who is at the browser. */
export interface Confirmation {
  readonly nonce: string;
  /** The identifier of the user that is signed in there. */
  readonly identifier: string;
}

export interface OnboardingSessions {
  /** One of a client's own. @throws DomainError `onboarding_unknown`, also for those of others */
  find(client: ApiClient, id: string): Promise<OnboardingSession>;
  /** What became of its connections so far; nothing is told before its user is known to be the right one. */
  progress(session: OnboardingSession): Promise<Progress>;
  /** Ends it, unless it has ended. @throws DomainError as `find` */
  cancel(client: ApiClient, id: string, info: RequestInfo): Promise<OnboardingSession>;
  /**
   * The other app says who its user is. Another one than the onboarding was made for ends it.
   * @returns the address to send that browser to, which works there only, once, and for five minutes
   * @throws DomainError as `find`, and when it can't be confirmed
   */
  confirm(client: ApiClient, id: string, said: Confirmation, info: RequestInfo): Promise<string>;
  /** What a start token leads to, or null when there is no such token. Changes nothing. */
  lookAt(token: string): Promise<Look | null>;
  /** Takes the token. @returns null when it can't be had: of several at the same time one gets it */
  start(token: string, info: RequestInfo): Promise<Started | null>;
  /** The onboarding of a browser, in whatever status, or null. */
  ofCookie(cookie: string): Promise<OnboardingSession | null>;
  /** The other app, or null when it was revoked. */
  clientOf(session: OnboardingSession): Promise<ApiClient | null>;
  /** Where the browser goes to be confirmed, or null when that address is no longer registered. */
  confirmUrlOf(session: OnboardingSession, cookie: string): Promise<string | null>;
  /** Passes the check `confirm`, with the code and the cookie together. @returns null when they don't fit */
  continueWith(
    id: string,
    code: string,
    cookie: string | null,
    info: RequestInfo,
  ): Promise<OnboardingSession | null>;
  /** Passes the check `sign_in`. @returns null when it is another user, or there is no such check to pass */
  signedInAs(
    session: OnboardingSession,
    identifier: string,
    info: RequestInfo,
  ): Promise<OnboardingSession | null>;
  /** Passes over an optional connection. @returns null when it is not under way, or not optional */
  skip(session: OnboardingSession, name: string): Promise<OnboardingSession | null>;
  /**
   * Ends it, with what became of its connections as Scalekit has it now. One that has ended stays as it is.
   * @param leaving ends it even while Scalekit can't be reached
   * @throws DomainError when Scalekit can't be reached
   */
  finish(
    session: OnboardingSession,
    options: { readonly leaving: boolean },
    info: RequestInfo,
  ): Promise<OnboardingSession>;
  /**
   * Where the browser goes after the end, with a newly signed result.
   * @returns null when the user did not leave it, or the address is no longer registered
   */
  returnUrlOf(session: OnboardingSession): Promise<string | null>;
  /** Ends those that ran out, and forgets those that ended before `endedBefore`. */
  tidy(endedBefore: number): Promise<void>;
}

export interface OnboardingSessionsDeps {
  readonly store: OnboardingStore;
  readonly clients: Pick<ApiClients, 'find'>;
  readonly reader: AccountReader;
  readonly reconnects: RequiredReconnects;
  readonly flows: FlowStore;
  readonly audit: AuditTrail;
  readonly results: ResultTokens;
  readonly publicUrl: string;
}

/** Whether a client still may what it was allowed when it made an onboarding. */
const mayStill = (client: ApiClient, { userCheck }: OnboardingSession): boolean =>
  client.scopes.includes('onboarding') && mayAsk(client, userCheck);

/** The onboardings of other apps, from the look at their address to the return. */
export function createOnboardingSessions(deps: OnboardingSessionsDeps): OnboardingSessions {
  const { store, clients, reader, reconnects, flows, audit, results, publicUrl } = deps;

  const now = (session: OnboardingSession | null) => (session === null ? null : asOf(session, Date.now()));

  const record = (
    type: AuditType,
    actor: string | null,
    { id, identifier }: OnboardingSession,
    info: Partial<RequestInfo>,
    more = '',
  ) => audit.record({ type, actor, identifier, detail: `${id}${more}`, ...info });

  async function find(client: ApiClient, id: string): Promise<OnboardingSession> {
    const session = now(await store.find(id));
    if (session === null || session.clientId !== client.id) throw onboardingRefusal('onboarding_unknown');
    return session;
  }

  async function clientOf({ clientId }: OnboardingSession): Promise<ApiClient | null> {
    const found = await clients.find(clientId);
    return found === null || found.client.revokedAt !== null ? null : found.client;
  }

  async function flowsOf(session: OnboardingSession) {
    const lists = session.connections.map(({ name }) => flows.since(session.identifier, name, 0));
    return (await Promise.all(lists)).flat();
  }

  async function activeIn({ identifier }: OnboardingSession, { accounts }: AccountsReading) {
    const tooOld = await reconnects.of(identifier, accounts);
    const active = [...accounts].filter(([name, { status }]) => status === 'active' && !tooOld.has(name));
    return new Set(active.map(([name]) => name));
  }

  /** By a call that begins now. */
  async function readActive(session: OnboardingSession, leaving: boolean) {
    reader.drop(session.identifier);
    try {
      return await activeIn(session, await reader.read(session.identifier));
    } catch (error) {
      if (leaving && error instanceof ScalekitError) return null;
      throw asFailure(error, null);
    }
  }

  async function refuseConfirmation(client: ApiClient, id: string): Promise<never> {
    const session = await find(client, id);
    if (session.status === 'open') throw onboardingRefusal('onboarding_not_started');
    if (!isUnended(session)) throw onboardingRefusal('onboarding_ended');
    throw onboardingRefusal(session.checkedAt === null ? 'nonce_unknown' : 'onboarding_confirmed');
  }

  return {
    find,
    clientOf,

    async progress(session) {
      if (session.outcomes !== null) return { outcomes: session.outcomes, asOf: session.endedAt };
      if (session.checkedAt === null) return { outcomes: nothingDone(session), asOf: null };
      const { reading } = await reader.readOrRecall(session.identifier);
      if (reading === null) return { outcomes: null, asOf: null };
      const found = { active: await activeIn(session, reading), flows: await flowsOf(session) };
      return { outcomes: outcomesOf(session, found), asOf: reading.asOf };
    },

    async cancel(client, id, info) {
      await find(client, id);
      const cancelled = await store.cancel(id, Date.now());
      if (cancelled !== null) await record('onboarding.cancelled', clientKeyOf(client), cancelled, info);
      return cancelled ?? find(client, id);
    },

    async confirm(client, id, { nonce, identifier }, info) {
      const session = await find(client, id);
      if (session.userCheck !== 'confirm') throw onboardingRefusal('confirm_not_expected');
      const nonceHash = hashed(nonce);
      if (identifier !== session.identifier) {
        const ended = await store.cancelByNonce(id, nonceHash, Date.now());
        if (ended === null) return refuseConfirmation(client, id);
        await record('security.onboarding_other_user', `user:${identifier}`, ended, info);
        throw onboardingRefusal('other_user');
      }
      const code = newContinueCode();
      const confirmed = await store.confirm(id, nonceHash, hashed(code), Date.now());
      if (confirmed === null) return refuseConfirmation(client, id);
      await record('onboarding.confirmed', clientKeyOf(client), confirmed, info);
      return continueAddress(publicUrl, id, code);
    },

    async lookAt(token) {
      const session = now(await store.findByToken(hashed(token)));
      if (session === null) return null;
      const client = await clientOf(session);
      return {
        session,
        client,
        startable: client !== null && session.status === 'open' && mayStill(client, session),
        refreshUrl: client === null ? null : registeredStill(client, 'refreshUrls', session.refreshUrl),
      };
    },

    async start(token, info) {
      const look = await this.lookAt(token);
      if (look === null || !look.startable) return null;
      const cookie = newCookieValue();
      const at = Date.now();
      const session = await store.start(hashed(token), {
        now: at,
        expiresAt: at + startedLifetimeMs,
        cookieHash: hashed(cookie),
        nonceHash: look.session.userCheck === 'confirm' ? hashed(confirmNonceOf(cookie)) : null,
        checkedAt: look.session.userCheck === 'none' ? at : null,
      });
      if (session === null) return null;
      await record('onboarding.started', onboardingKeyOf(session), session, info);
      return { session, cookie };
    },

    ofCookie: async (cookie) => now(await store.findByCookie(hashed(cookie))),

    async confirmUrlOf(session, cookie) {
      const client = await clientOf(session);
      const url = client === null ? null : registeredStill(client, 'confirmUrls', session.confirmUrl);
      return url === null ? null : confirmAddress(url, session, confirmNonceOf(cookie));
    },

    async continueWith(id, code, cookie, info) {
      const codeHash = hashed(code);
      if (cookie !== null) {
        const session = await store.continueWith(id, codeHash, hashed(cookie), Date.now());
        if (session !== null) {
          await record('onboarding.continued', onboardingKeyOf(session), session, info);
          return session;
        }
      }
      const burned = await store.burnCode(id, codeHash);
      if (burned !== null) await record('security.onboarding_other_browser', null, burned, info);
      return null;
    },

    async signedInAs(session, identifier, info) {
      if (identifier !== session.identifier) {
        await record('security.onboarding_other_user', `user:${identifier}`, session, info);
        return null;
      }
      const passed = await store.passCheck(session.id, Date.now());
      if (passed !== null) await record('onboarding.continued', onboardingKeyOf(passed), passed, info);
      return passed;
    },

    async skip(session, name) {
      const asked = session.connections.find((connection) => connection.name === name);
      if (asked === undefined || asked.required) return null;
      return store.skip(session.id, name, Date.now());
    },

    async finish(session, { leaving }, info) {
      const underWay = isUnderWay(session, Date.now());
      const outcomes = underWay
        ? outcomesOf(session, {
            active: await readActive(session, leaving),
            flows: await flowsOf(session),
          })
        : nothingDone(session);
      const status = underWay && isComplete(outcomes) ? 'complete' : 'incomplete';
      const finished = await store.finish(session.id, status, outcomes, Date.now());
      if (finished === null) return now(await store.find(session.id)) ?? session;
      await record('onboarding.finished', onboardingKeyOf(finished), finished, info, ` ${status}`);
      return finished;
    },

    async returnUrlOf(session) {
      if (session.status !== 'complete' && session.status !== 'incomplete') return null;
      const client = await clientOf(session);
      if (client === null || registeredStill(client, 'returnUrls', session.returnUrl) === null) return null;
      return returnAddress(session, await results.resultFor(session));
    },

    async tidy(endedBefore) {
      for (const expired of await store.tidy(Date.now(), endedBefore)) {
        await record('onboarding.expired', null, expired, {});
      }
    },
  };
}
