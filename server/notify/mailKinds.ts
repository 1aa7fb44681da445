import type { AccountState } from '../accounts/states.js';

/** A mail that somebody asked for: to connect an account for the first time, or anew. */
export type InvitationKind = 'invitation' | 'reminder';

/** What a mail tells; the words of each are in the texts under `mails`. */
export type MailKind = 'account_expired' | 'account_disconnected' | InvitationKind;

export const isInvitation = (kind: MailKind): kind is InvitationKind =>
  kind === 'invitation' || kind === 'reminder';

/** What to ask the user of an account in this state for, or null when there is nothing to ask for. */
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
