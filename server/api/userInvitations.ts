import { randomUUID } from 'node:crypto';
import { asFailure } from '../accounts/flow/failures.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { RequestInfo } from '../http/requestInfo.js';
import { type ApiClient, clientKeyOf } from '../identity/clients/apiClient.js';
import { hashed } from '../kernel/hashed.js';
import type { InvitationOutcome, Invitations } from '../notify/invitations.js';
import { connectionUnknown, onboardingRefusal } from '../onboarding/refusals.js';
import type { IdempotencyStore, KeyedAnswer } from '../store/idempotencyStore.js';

/** What another app asks for. */
export interface AskedInvitation {
  readonly identifier: string;
  readonly connectionName: string;
  /** Where the mail goes, or null for the address that the user's sign-in verified. */
  readonly address: string | null;
}

/**
 * Mails a user of another app their durable link. The same request under the same key gets the same answer for a day.
 * @throws DomainError when the client may not ask for it, the connection is unknown, or Scalekit can't be reached
 */
export type InviteUser = (
  client: ApiClient,
  asked: AskedInvitation,
  idempotencyKey: string | null,
  info: RequestInfo,
) => Promise<InvitationOutcome>;

export interface UserInvitationsDeps {
  readonly invitations: Pick<Invitations, 'inviteByMail'>;
  readonly catalogue: Pick<CatalogueReader, 'read'>;
  readonly answers: IdempotencyStore;
  /** Whether users can sign in to this app, without which their links lead nowhere. */
  readonly signInOffered: boolean;
}

interface Kept {
  readonly outcome: InvitationOutcome;
}

function outcomeAgain(requestHash: string, kept: KeyedAnswer): InvitationOutcome {
  if (kept.requestHash !== requestHash) throw onboardingRefusal('idempotency_key_reused');
  return (JSON.parse(kept.answer) as Kept).outcome;
}

export function createUserInvitations(deps: UserInvitationsDeps): InviteUser {
  const { invitations, catalogue, answers, signInOffered } = deps;

  async function invite(client: ApiClient, asked: AskedInvitation, key: string, info: RequestInfo) {
    const { identifier, connectionName, address } = asked;
    const known = await catalogue.read();
    if (known.find(connectionName) === undefined) throw connectionUnknown(connectionName, known.offered);
    const requestedBy = clientKeyOf(client);
    const request = { identifier, connectionName, requestedBy, key, info };
    return invitations
      .inviteByMail(address === null ? request : { ...request, address })
      .catch((error) => Promise.reject(asFailure(error, null)));
  }

  return async (client, asked, idempotencyKey, info) => {
    if (!signInOffered) throw onboardingRefusal('sign_in_unavailable');
    if (asked.address !== null && !client.mayGiveAddress) throw onboardingRefusal('address_not_allowed');
    if (idempotencyKey === null) return invite(client, asked, randomUUID(), info);
    const place = { clientId: client.id, key: idempotencyKey };
    const { identifier, connectionName, address } = asked;
    const requestHash = hashed(JSON.stringify(['invitation', identifier, connectionName, address]));
    const before = await answers.find(place, Date.now());
    if (before !== null) return outcomeAgain(requestHash, before);
    // The outbox has one mail for a key however many ask at once.
    const outcome = await invite(client, asked, idempotencyKey, info);
    const now = Date.now();
    const kept: Kept = { outcome };
    const first = await answers.claim({ ...place, requestHash }, JSON.stringify(kept), now);
    return first === null ? outcome : outcomeAgain(requestHash, first);
  };
}
