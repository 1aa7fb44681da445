import type { ApiClient } from '../identity/apiClient.js';
import type { AuditType } from '../store/auditTrail.js';
import type { RequestInfo } from '../web/requestInfo.js';
import { onboardingRefusal } from './apiErrors.js';
import { asOf, type OnboardingSession } from './onboardingSession.js';
import type { OnboardingSessionsDeps } from './onboardingSessions.js';

/** What every part of the onboardings needs: to find one, its client, and to write down what happened to it. */
export interface OnboardingRecords {
  /** As it stands now. */
  current(session: OnboardingSession | null): OnboardingSession | null;
  find(client: ApiClient, id: string): Promise<OnboardingSession>;
  clientOf(session: OnboardingSession): Promise<ApiClient | null>;
  /** @param more what else there is to tell, after the onboarding's id */
  record(
    type: AuditType,
    actor: string | null,
    session: OnboardingSession,
    info: Partial<RequestInfo>,
    more?: string,
  ): Promise<void>;
}

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
    record: (type, actor, { id, identifier }, info, more) =>
      audit.record({
        type,
        actor,
        identifier,
        detail: more === undefined ? id : `${id} ${more}`,
        ...info,
      }),
  };
}
