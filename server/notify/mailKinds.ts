import type { AccountState } from '../accounts/states.js';

/** A mail that an admin or another app asked for. It asks its user to connect or reconnect an account. */
export type InvitationKind = 'invitation' | 'reminder';

/** What a mail tells; the words of each are in the texts under `mails`. */
export type MailKind = 'account_expired' | 'account_disconnected' | InvitationKind;

export const mailKinds = [
  'account_expired',
  'account_disconnected',
  'invitation',
  'reminder',
] as const satisfies readonly MailKind[];

export const isInvitation = (kind: MailKind): kind is InvitationKind =>
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
