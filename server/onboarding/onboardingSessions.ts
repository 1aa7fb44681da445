import type { FlowEnding } from '../accounts/flow/flowEnding.js';
import type { FlowStore } from '../accounts/flow/flowStore.js';
import type { UnverifiedAccounts } from '../accounts/flow/unverifiedAccounts.js';
import type { AccountReader } from '../accounts/list/accountReader.js';
import type { RequiredReconnects } from '../accounts/list/requiredReconnects.js';
import type { RequestInfo } from '../http/requestInfo.js';
import type { ApiClient } from '../identity/clients/apiClient.js';
import type { ApiClients } from '../identity/clients/apiClients.js';
import type { AuditTrail } from '../store/auditTrail.js';
import { createFlowClosing } from './flowClosing.js';
import { createOnboardingChecks } from './onboardingChecks.js';
import { createOnboardingEnding } from './onboardingEnding.js';
import { createOnboardingOpening } from './onboardingOpening.js';
import { createOnboardingProgress } from './onboardingProgress.js';
import { createOnboardingRecords } from './onboardingRecords.js';
import type { ConnectionOutcome, OnboardingSession } from './onboardingSession.js';
import type { OnboardingStore } from './onboardingStore.js';
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
  /** Whether that is how it stands now; false while Scalekit can't be reached. */
  readonly fresh: boolean;
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
  /** Ends it, unless it has ended, and closes its flows. @throws DomainError as `find` */
  cancel(client: ApiClient, id: string, info: RequestInfo): Promise<OnboardingSession>;
  /**
   * The other app says who its user is. Another one than the onboarding was made for ends it and closes its flows.
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
   * Ends it, with what became of its connections as Scalekit has it now, and closes its flows. One that has ended
   * stays as it is.
   * @param leaving ends it whatever is missing, and even while Scalekit can't be reached; otherwise it ends when it
   * is complete, and goes on when it is not
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
  /** Ends those that ran out, closes their flows, and forgets those that ended before `endedBefore`. */
  tidy(endedBefore: number): Promise<void>;
}

export interface OnboardingSessionsDeps {
  readonly store: OnboardingStore;
  readonly clients: Pick<ApiClients, 'find'>;
  readonly reader: AccountReader;
  readonly reconnects: RequiredReconnects;
  readonly unverified: UnverifiedAccounts;
  readonly flows: FlowStore;
  readonly ending: Pick<FlowEnding, 'abandon' | 'withPair'>;
  readonly audit: AuditTrail;
  readonly results: ResultTokens;
  readonly publicUrl: string;
}

/** The onboardings of other apps, from the look at their address to the return. */
export function createOnboardingSessions(deps: OnboardingSessionsDeps): OnboardingSessions {
  const records = createOnboardingRecords(deps);
  const closeFlows = createFlowClosing(deps);
  const progress = createOnboardingProgress(deps);
  return {
    find: records.find,
    clientOf: records.clientOf,
    ...createOnboardingOpening(deps, records),
    progress: progress.progress,
    ...createOnboardingChecks(deps, records, closeFlows, progress),
    ...createOnboardingEnding(deps, records, closeFlows, progress),
  };
}
