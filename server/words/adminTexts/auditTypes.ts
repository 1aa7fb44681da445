/** The words for a kind of event. */
export interface AuditTypeTexts {
  /** In a list to choose from. */
  readonly label: string;
  /**
   * What happened, in a sentence. `{who}` did it, `{whom}` is the user concerned, `{connection}` the connection;
   * each is put in with its own direction of writing, so that no name changes how the sentence reads.
   */
  readonly sentence: string;
  /** The same, where a user did it to nobody but themselves. */
  readonly own?: string;
}

/** What the events of the audit trail say, each in a sentence. A type without one does not compile. */
export const auditTypes = {
  'user.signed_in': { label: 'Signed in', sentence: '{who} signed in.' },
  'user.signed_out': { label: 'Signed out', sentence: '{who} signed out.' },
  'user.signed_out_everywhere': {
    label: 'Signed out everywhere',
    sentence: '{who} ended every session of {whom}.',
    own: '{who} signed out everywhere.',
  },
  'user.sign_in_refused': { label: 'Sign-in refused', sentence: 'A sign-in was refused.' },
  'user.exported': { label: 'User taken out', sentence: '{who} took out all that is held about {whom}.' },
  'user.erased': { label: 'User erased', sentence: '{who} erased a user.' },
  'flow.started': { label: 'Started to connect', sentence: '{who} started to connect {connection}.' },
  'flow.done': { label: 'Connected', sentence: '{who} connected {connection}.' },
  'flow.failed': {
    label: 'Failed to connect',
    sentence: '{connection} could not be connected for {whom}.',
  },
  'flow.cancelled': {
    label: 'Stopped connecting',
    sentence: 'A try to connect {connection} for {whom} was stopped.',
  },
  'flow.timed_out': {
    label: 'Gave up waiting',
    sentence: 'A try to connect {connection} for {whom} ran out of time.',
  },
  'account.disconnected': {
    label: 'Disconnected',
    sentence: '{who} disconnected {connection} of {whom}.',
    own: '{who} disconnected {connection}.',
  },
  'mail.requested': {
    label: 'Mail asked for',
    sentence: '{who} had a mail about {connection} sent to {whom}.',
  },
  'mailing.created': {
    label: 'Mailing begun',
    sentence: '{who} began to mail many users about {connection}.',
  },
  'mailing.stopped': {
    label: 'Mailing stopped',
    sentence: '{who} stopped a mailing about {connection}.',
  },
  'reconnect.required': {
    label: 'Reconnect required',
    sentence: '{who} required that {connection} is reconnected by its users.',
  },
  'reconnect.withdrawn': {
    label: 'Reconnect no longer required',
    sentence: '{who} took back that {connection} has to be reconnected.',
  },
  'client.created': { label: 'API client made', sentence: '{who} made an API client.' },
  'client.changed': { label: 'API client changed', sentence: '{who} changed an API client.' },
  'client.key_rotated': {
    label: 'API key renewed',
    sentence: '{who} made a new key for an API client.',
  },
  'client.revoked': { label: 'API client revoked', sentence: '{who} revoked an API client.' },
  'onboarding.created': { label: 'Onboarding made', sentence: '{who} made an onboarding for {whom}.' },
  'onboarding.started': {
    label: 'Onboarding started',
    sentence: 'The onboarding of {whom} was started in a browser.',
  },
  'onboarding.confirmed': {
    label: 'Onboarding confirmed',
    sentence: '{who} confirmed that the user of its onboarding is {whom}.',
  },
  'onboarding.continued': {
    label: 'Onboarding continued',
    sentence: 'The browser of an onboarding was known to be that of {whom}, and went on.',
  },
  'onboarding.finished': { label: 'Onboarding ended', sentence: 'The onboarding of {whom} came to its end.' },
  'onboarding.cancelled': {
    label: 'Onboarding cancelled',
    sentence: '{who} cancelled the onboarding of {whom}.',
  },
  'onboarding.expired': {
    label: 'Onboarding ran out',
    sentence: 'The onboarding of {whom} ran out of time.',
  },
  'security.onboarding_other_user': {
    label: 'Onboarding by another user',
    sentence: '{who} was at the browser of an onboarding that was made for {whom}. It was stopped.',
  },
  'security.onboarding_other_browser': {
    label: 'Onboarding in another browser',
    sentence:
      'The onboarding of {whom} came back in another browser than it was started in, and was refused.',
  },
  'admin.sync_requested': {
    label: 'Directory refreshed',
    sentence: '{who} had all accounts read from Scalekit.',
  },
  'admin.events_exported': { label: 'Events exported', sentence: '{who} exported events.' },
  'admin.users_exported': { label: 'Users exported', sentence: '{who} exported users.' },
  'security.sign_in_other_browser': {
    label: 'Sign-in from another browser',
    sentence: 'A sign-in came back in another browser than it began in, and was refused.',
  },
  'security.sign_in_not_trusted': {
    label: 'Sign-in not trusted',
    sentence: 'An answer of the sign-in service did not pass the checks, and was refused.',
  },
  'security.wrong_user': {
    label: 'Approval by the wrong user',
    sentence:
      '{who} came back with an approval of {connection} that {whom} had begun. Nothing was connected.',
  },
  'security.wrong_session': {
    label: 'Approval in the wrong session',
    sentence:
      'An approval of {connection} that {whom} had begun came back in another session. Nothing was connected.',
  },
  'security.approval_reused': {
    label: 'Approval used elsewhere',
    sentence:
      '{who} came back with an approval of {connection} that belongs to another try. Nothing was connected.',
  },
  'security.unverified_activation': {
    label: 'Active without a check',
    sentence: '{connection} of {whom} became active without our check of who approved it.',
  },
  'security.role_refused': {
    label: 'Admin page refused',
    sentence: '{who} asked for an admin page without the role for it, and was refused.',
  },
} as const satisfies Readonly<Record<string, AuditTypeTexts>>;

/** What the events of one kind are called together. */
export const auditGroups = {
  user: 'Signing in and out',
  flow: 'Connecting',
  account: 'Accounts',
  admin: 'What admins did',
  mail: 'Mail',
  mailing: 'Mailings',
  reconnect: 'Required reconnects',
  client: 'API clients',
  onboarding: 'Onboarding',
  security: 'Security',
} as const satisfies Readonly<Record<string, string>>;

/** Who or what a sentence is about, where that is no user. */
export const auditNames = {
  theApp: 'The app',
  somebody: 'Somebody',
  apiClient: 'The API client ',
  noConnection: 'a connection',
} as const;
