import { onboardingRefusal } from '../api/apiErrors.js';
import type { RequestInfo } from '../http/requestInfo.js';
import type { ApiClient } from '../identity/clients/apiClient.js';
import type { AuditEvent, AuditType } from '../store/auditTrail.js';
import { asOf, type OnboardingSession } from './onboardingSession.js';
import type { OnboardingSessionsDeps } from './onboardingSessions.js';
import type { OnboardingStore } from './onboardingStore.js';

/** What every part of the onboardings needs: to find one, its client, and to write down what happened to it. */
export interface OnboardingRecords {
  /** As it stands now. */
  current(session: OnboardingSession | null): OnboardingSession | null;
  find(client: ApiClient, id: string): Promise<OnboardingSession>;
  clientOf(session: OnboardingSession): Promise<ApiClient | null>;
  record(what: Happening, session: OnboardingSession): Promise<void>;
  /**
   * Makes a change of one, and writes down what happened: both or neither.
   * @returns it as it is then, or null when it could not be changed
   */
  change(what: Happening, change: Change): Promise<OnboardingSession | null>;
}

/** Something that happens to an onboarding. */
export interface Happening {
  readonly type: AuditType;
  readonly actor: string | null;
  readonly info: Partial<RequestInfo>;
  /** What else there is to tell, after the onboarding's id. */
  readonly more?: string;
}

type Change = (store: OnboardingStore) => Promise<OnboardingSession | null>;

export const eventOf = (
  { type, actor, info, more }: Happening,
  { id, identifier }: OnboardingSession,
): AuditEvent => ({ type, actor, identifier, detail: more === undefined ? id : `${id} ${more}`, ...info });

export function createOnboardingRecords({
  store,
  clients,
  audit,
}: Pick<OnboardingSessionsDeps, 'store' | 'clients' | 'audit'>): OnboardingRecords {
  const current = (session: OnboardingSession | null) =>
    session === null ? null : asOf(session, Date.now());
  return {
    current,
    async find(client, id) {
      const session = current(await store.find(id));
      if (session === null || session.clientId !== client.id) throw onboardingRefusal('onboarding_unknown');
      return session;
    },
    async clientOf({ clientId }) {
      const found = await clients.find(clientId);
      return found === null || found.client.revokedAt !== null ? null : found.client;
    },
    record: (what, session) => audit.record(eventOf(what, session)),
    change: (what, change) =>
      audit.recording(async ({ within, record }) => {
        const session = await change(store.within(within));
        if (session !== null) record(eventOf(what, session));
        return session;
      }),
  };
}
