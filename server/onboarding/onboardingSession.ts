import { randomBytes } from 'node:crypto';
import type { FailureCode } from '../accounts/flow/failureCodes.js';
import type { RequestInfo } from '../http/requestInfo.js';
import type { UserCheck } from '../identity/clients/apiClient.js';
import type { AuditEvent, AuditType } from '../store/auditTrail.js';
import type { ClientEvent } from '../store/clientEventStore.js';

/** `open → started → complete | incomplete`; `cancelled` and `expired` end it from either. */
export const onboardingStatuses = [
  'open',
  'started',
  'complete',
  'incomplete',
  'cancelled',
  'expired',
] as const;
export type OnboardingStatus = (typeof onboardingStatuses)[number];

/** Short texts by short names, which mean nothing here. */
export type Metadata = Readonly<Record<string, string>>;

/** A connection that the other app asks for. */
export interface AskedConnection {
  readonly name: string;
  /** The onboarding is complete only with it. */
  readonly required: boolean;
}

/** What can come of a connection. `connected`: in this onboarding. `already_connected`: before it. */
export const outcomeKinds = ['connected', 'already_connected', 'skipped', 'not_done', 'failed'] as const;

/** The outcome of a connection. */
export interface Outcome {
  readonly kind: (typeof outcomeKinds)[number];
  /** Why it failed; null of any other kind. */
  readonly reason: FailureCode | null;
}

export interface ConnectionOutcome extends AskedConnection {
  readonly outcome: Outcome;
}

/** An onboarding that another app made for one of its users. Times are epoch milliseconds. */
export interface OnboardingSession {
  readonly id: string;
  readonly clientId: string;
  readonly identifier: string;
  readonly displayName: string | null;
  /** In the order in which they are asked for. */
  readonly connections: readonly AskedConnection[];
  readonly returnUrl: string;
  readonly confirmUrl: string | null;
  readonly refreshUrl: string | null;
  /** The other app's own word, given back as it is. */
  readonly state: string | null;
  /** The other app's own pairs, given back as they are. */
  readonly metadata: Metadata;
  readonly userCheck: UserCheck;
  /** The language of its pages, as a language tag, until their reader chooses another; null for what the browser asks for. */
  readonly locale: string | null;
  readonly status: OnboardingStatus;
  readonly createdAt: number;
  readonly startedAt: number | null;
  /** When it expires. Until it is started this is the deadline to open it; after that, the deadline to finish it. */
  readonly expiresAt: number;
  /** Until when its link starts it anew while the check is not passed; null where the first start uses the link up. */
  readonly restartUntil: number | null;
  /** When the other app said that its user is the right one. */
  readonly confirmedAt: number | null;
  /** When the check of the user was passed. Until then its browser may do nothing else. */
  readonly checkedAt: number | null;
  /** The names of the connections that the user skipped. */
  readonly skipped: readonly string[];
  /** The outcomes of the connections, set when the user leaves. */
  readonly outcomes: readonly ConnectionOutcome[] | null;
  readonly endedAt: number | null;
}

/** A link that can be opened for longer is used up by the check of its user, and not by the first start. */
export const onceOpenMinutes = 60;
export const longestOpenMinutes = 14 * 24 * 60;
/** How long a started onboarding lasts; where its link lives longer, from the check on. */
export const startedLifetimeMs = 24 * 3_600_000;
/** How long the browser may take to come back after the other app confirmed its user. */
export const continueLifetimeMs = 5 * 60_000;

export const newOnboardingId = (): string => `obs_${randomBytes(16).toString('base64url')}`;
export const onboardingIdPattern = /^obs_[\w-]{22}$/;

/** Unique among principals of every kind, for flows and records. */
export const onboardingKeyOf = ({ id }: Pick<OnboardingSession, 'id'>): string => `onboarding:${id}`;

/** The id in the key of a principal, or null when it is none of an onboarding. */
export const onboardingIdIn = (key: string): string | null => /^onboarding:(.+)$/.exec(key)?.[1] ?? null;

export const isUnended = ({ status }: OnboardingSession): boolean =>
  status === 'open' || status === 'started';

/** The status of an onboarding at a time. After `expiresAt` it is `expired`, even before a row says so. */
export const asOf = (session: OnboardingSession, now: number): OnboardingSession =>
  isUnended(session) && session.expiresAt <= now
    ? { ...session, status: 'expired', endedAt: session.expiresAt }
    : session;

/** Whether it was started by a link that lives for days, and waits for its user: nobody at a browser can end it. */
export const waitsForItsUser = ({ status, checkedAt, restartUntil }: OnboardingSession): boolean =>
  status === 'started' && checkedAt === null && restartUntil !== null;

/** Whether its link starts it now, in whatever browser. */
export const isStartable = (session: OnboardingSession, now: number): boolean =>
  session.status === 'open' || (waitsForItsUser(session) && (session.restartUntil ?? 0) > now);

/** Whether its browser may connect accounts now. */
export const isUnderWay = (session: OnboardingSession, now: number): boolean =>
  asOf(session, now).status === 'started' && session.checkedAt !== null;

/** Something that happens to an onboarding. */
export interface Happening {
  readonly type: AuditType;
  readonly actor: string | null;
  readonly info: Partial<RequestInfo>;
  /** Details for the audit trail, besides the onboarding's id. */
  readonly more?: string;
}

/** What is written down of it. */
export const eventOf = (
  { type, actor, info, more }: Happening,
  { id, identifier }: OnboardingSession,
): AuditEvent => ({ type, actor, identifier, detail: more === undefined ? id : `${id} ${more}`, ...info });

/** What its client is told of an onboarding that has ended. @param outcomes null where nobody can tell */
export const endToTell = (
  { id, clientId, identifier, status, metadata }: OnboardingSession,
  outcomes: readonly ConnectionOutcome[] | null,
): ClientEvent => ({
  type: status === 'complete' ? 'onboarding.completed' : 'onboarding.ended',
  identifier,
  connectionName: null,
  data: { session_id: id, status, connections: outcomes, metadata },
  onlyClient: clientId,
});
