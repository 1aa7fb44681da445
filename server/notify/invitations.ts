import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { AccountState } from '../accounts/states.js';
import type { RequestInfo } from '../http/requestInfo.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import type { InvitationStore } from './invitationStore.js';
import { type InvitationKind, invitationKindOf } from './mailKinds.js';
import type { RecipientStore } from './recipientStore.js';

/**
 * The outcome of asking for a mail.
 * - `queued`: it is in the outbox; asking again under the same key says so again.
 * - `already_queued`: there was one about the same user and connection within the hour.
 * - `no_address`: no sign-in verified an address of the user, and none was given that can be used; or they were
 *   erased meanwhile.
 * - `declined`: the user, or the reader of the address, wants no mail.
 * - `already_active`: the account is connected.
 * - `not_offered`: users can't connect this connection.
 */
export const invitationOutcomes = [
  'queued',
  'already_queued',
  'no_address',
  'declined',
  'already_active',
  'not_offered',
] as const;

export type InvitationOutcome = (typeof invitationOutcomes)[number];

export interface InvitationTarget {
  readonly identifier: string;
  readonly connectionName: string;
  /** The address to use instead of the one that the user's sign-in verified, if the caller may choose it. */
  readonly address?: string;
  /** The shown state of the account, if the caller knows it. Without it the account is read. */
  readonly state?: AccountState;
}

export interface InvitationRequest extends InvitationTarget {
  /** The key of the principal that asks. */
  readonly requestedBy: string;
  /** The caller's key for the request. The same key makes one mail, however often the request comes. */
  readonly key: string;
  readonly info?: RequestInfo;
}

/** The mail that a request would make, or the reason why it would make none. */
export type InvitationProspect =
  | { readonly outcome: 'ready'; readonly kind: InvitationKind; readonly to: string }
  | { readonly outcome: Exclude<InvitationOutcome, 'queued' | 'already_queued'> };

export interface InvitationsDeps {
  readonly store: InvitationStore;
  readonly recipients: Pick<RecipientStore, 'preferencesOf'>;
  readonly catalogue: Pick<CatalogueReader, 'read'>;
  readonly audit: Pick<AuditTrail, 'record'>;
  readonly tombstones: Pick<Tombstones, 'covers'>;
  /** The state of an account as it is shown. @throws ScalekitError */
  shownStateOf(identifier: string, connectionName: string): Promise<AccountState>;
}

const hour = 3_600_000;

/** Mail to users that somebody asked for: an admin, a mailing, another app. */
export function createInvitations(deps: InvitationsDeps) {
  const { store, recipients, catalogue, audit, tombstones } = deps;

  async function look({
    identifier,
    connectionName,
    ...target
  }: InvitationTarget): Promise<InvitationProspect> {
    if ((await catalogue.read()).find(connectionName)?.offered !== true) return { outcome: 'not_offered' };
    const kind = invitationKindOf(target.state ?? (await deps.shownStateOf(identifier, connectionName)));
    if (kind === null) return { outcome: 'already_active' };
    const { address: to, wanted } = await recipients.preferencesOf(identifier, target.address);
    if (to === null) return { outcome: 'no_address' };
    return wanted ? { outcome: 'ready', kind, to } : { outcome: 'declined' };
  }

  return {
    /** Says which mail a request would make, without making it. @throws ScalekitError, and DomainError without a catalogue */
    look,
    /** Puts a mail with the user's own durable link into the outbox. @throws as `look` */
    async inviteByMail(request: InvitationRequest): Promise<InvitationOutcome> {
      const asOf = Date.now();
      const prospect = await look(request);
      if (prospect.outcome !== 'ready') return prospect.outcome;
      const { identifier, connectionName, requestedBy, key } = request;
      if (await tombstones.covers({ identifier, asOf })) return 'no_address';
      const { kind, to } = prospect;
      const addressGiven = request.address !== undefined;
      const mail = { kind, identifier, connectionName, to, addressGiven, requestedBy, key };
      const added = await store.add(mail, hour);
      if (added === 'added') {
        const pair = { identifier, connectionName };
        await audit.record({ type: 'mail.requested', actor: requestedBy, ...pair, ...request.info });
      }
      return added === 'paused' ? 'already_queued' : 'queued';
    },
  };
}

export type Invitations = ReturnType<typeof createInvitations>;
