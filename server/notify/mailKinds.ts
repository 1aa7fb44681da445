import type { AccountState } from '../accounts/states.js';

/** A mail that an admin or another app asked for. It asks its user to connect or reconnect an account. */
export type InvitationKind = 'invitation' | 'reminder';

/** What a mail to a user tells; the words of each are in the texts under `mails`. */
export type MailKind = 'account_expired' | 'account_disconnected' | InvitationKind;

export const mailKinds = [
  'account_expired',
  'account_disconnected',
  'invitation',
  'reminder',
] as const satisfies readonly MailKind[];

/** What a mail to an admin tells; the words of each are in English, under `adminMail.toAdmins`. */
export type AdminMailKind = 'webhook_off';

/** What is in the outbox. */
export type OutboxKind = MailKind | AdminMailKind;

export const isToAdmin = (kind: OutboxKind): kind is AdminMailKind => kind === 'webhook_off';

export const isInvitation = (kind: OutboxKind): kind is InvitationKind =>
  kind === 'invitation' || kind === 'reminder';

/** The kind of mail that this state calls for, or null when it calls for none. */
export function invitationKindOf(state: AccountState): InvitationKind | null {
  switch (state) {
    case 'not_connected':
    case 'pending':
    case 'needs_verification':
      return 'invitation';
    case 'expired':
    case 'disconnected':
    case 'unknown':
      return 'reminder';
    case 'active':
      return null;
  }
}
