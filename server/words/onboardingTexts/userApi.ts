/** What other apps are told when they ask about a user, and what the description says of it. */
export const userApi = {
  /** What requests and answers are made of, for developers. */
  about: {
    state:
      'How the connection stands for this user. Only active can be acted with, unless not_ready_reason is told; expired is also said where an administrator requires it to be connected anew.',
    notReadyReason:
      'Why it can’t be acted with although it is active, else null. unverified_activation: it became active without our check that it was this user who approved, so it may be another person’s account, until the user has connected it again here.',
    since: 'When that changed last, where it is known.',
    connectUrl:
      'A link with which this user alone can connect it, after signing in here. Null where it is ready or not offered, or where users don’t sign in here: then make an onboarding session.',
    ready:
      'Whether everything that was asked for is active and has no not_ready_reason. While stale is true it is only what was known last, so decide yourself what that is good for.',
    asOf: 'How old this is at most: 30 seconds, unless stale is true.',
    stale: 'Whether Scalekit could not be reached, so that this is what was known last.',
    staleReason: 'Why it could not, such as scalekit_unreachable. Null when stale is false.',
    connectionsAsked:
      'The names of connections, with commas between them. All that are offered here when left out.',
    address:
      'Where the mail goes, if your API client may say so. Else it goes to the address that the user’s sign-in verified.',
    outcome:
      'queued: the mail is on its way. already_queued: there was one about this user and connection within the hour. no_address: there is no address to send it to. declined: the user wants no mail. already_active: the account is connected. not_offered: users can’t connect this connection.',
    detail: 'The same in words.',
    disconnected: 'The connections that were disconnected at Scalekit.',
    flowsCancelled: 'How many tries to connect were ended.',
    sessionsEnded: 'How many browsers were signed out.',
    erased: 'How many records of each kind were erased, without those of which there were none.',
  },

  /** What can be asked. */
  operations: {
    ownClient: 'Tells which API client the key belongs to, and what it may do',
    status: 'Tells whether you may act for a user: how their connections stand',
    invite: 'Mails a user a link of their own to connect an account',
    erase: 'Disconnects and erases a user. What is left is done when it is asked again',
    resultKeys: 'The keys that signed results are checked with (RFC 7517)',
    description: 'This description',
  },

  outcomes: {
    queued: 'The mail is in the outbox and goes out within moments.',
    already_queued:
      'There was a mail about this connection to this user less than an hour ago, so no other one was made.',
    no_address:
      'No sign-in of this user verified an address, so there is nowhere to send a mail. Make an onboarding session, or hand over the connect_url of their connections yourself.',
    declined: 'This user turned mails off, so none is sent.',
    already_active: 'This connection is active for this user, so there is nothing to ask for.',
    not_offered: 'Users can’t connect this connection right now, so no mail is sent.',
  },

  refusals: {
    address_not_allowed: {
      heading: 'Your API client may not say where a mail goes',
      sentence:
        'Leave the address out, and the mail goes to the one that the user’s sign-in verified. Or have an administrator of this app allow it.',
    },
    sign_in_unavailable: {
      heading: 'Users can’t sign in to this app',
      sentence: 'A mailed link would lead them nowhere. Make an onboarding session in place of it.',
    },
  },

  connectionUnknown: {
    heading: 'There is no such connection',
    sentence: (name: string, known: readonly string[]) =>
      `No connection here is named ${JSON.stringify(name)}. There are: ${known.join(', ') || 'none'}.`,
  },

  /** Why a field can’t be used. */
  fields: {
    address: 'is not one plain mail address, such as ada@example.com.',
    connections: (unknown: readonly string[], known: readonly string[]) =>
      `names what does not exist here: ${unknown.join(', ')}. There are: ${known.join(', ') || 'none'}.`,
  },
} as const;
