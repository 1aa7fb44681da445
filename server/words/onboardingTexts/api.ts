const list = (values: readonly string[]) => (values.length === 0 ? 'none' : values.join(', '));

/** What other apps are told when their request about an onboarding is refused. */
export const onboardingApi = {
  fieldsHeading: 'A part of the request can’t be used',

  refusals: {
    onboarding_unknown: {
      heading: 'There is no such onboarding session',
      sentence: 'Your API client has no onboarding session with this id. Check the id, or make a new one.',
    },
    onboarding_not_started: {
      heading: 'This onboarding has not been started',
      sentence: 'Its user has not pressed the button on the page of its url, so there is nothing to confirm.',
    },
    onboarding_ended: {
      heading: 'This onboarding has ended',
      sentence: 'Nothing can be changed in it any more. Make a new onboarding session for another try.',
    },
    onboarding_confirmed: {
      heading: 'This onboarding is confirmed already',
      sentence: 'Its browser went on, so nothing is left to confirm. Read it to see how it stands.',
    },
    confirm_not_expected: {
      heading: 'This onboarding is not confirmed this way',
      sentence: 'Only an onboarding session with the user_check "confirm" takes a confirmation.',
    },
    nonce_unknown: {
      heading: 'This nonce does not fit',
      sentence:
        'Send the nonce that came with the browser to your confirm address, unchanged, for the session that came with it.',
    },
    other_user: {
      heading: 'This onboarding was made for another user',
      sentence:
        'The user at the browser is not the one that it was made for, so it has ended and nothing was connected. Make a new one for the user who is signed in, and don’t send this browser back.',
    },
    idempotency_key_invalid: {
      heading: 'This Idempotency-Key can’t be used',
      sentence: 'It has from 1 to 255 visible ASCII characters, such as a UUID.',
    },
    idempotency_key_reused: {
      heading: 'This Idempotency-Key was used for another request',
      sentence: 'Take a new key for each request, and the same one only to repeat the same request.',
    },
    content_type_unsupported: {
      heading: 'The body has to be JSON',
      sentence: 'Send it as UTF-8, not compressed, with the header Content-Type: application/json.',
    },
    body_unreadable: {
      heading: 'The body can’t be read',
      sentence: 'It has to be one JSON object.',
    },
  },

  /** What requests and answers are made of, for developers. */
  about: {
    identifier: 'Your own unique id of the user.',
    displayName: 'What you call the user. It is shown beside the identifier.',
    connections: 'What the user is asked to connect, in this order, each once.',
    connectionName: 'The name of a connection that is offered here.',
    required: 'Whether the onboarding is complete only with it. A user can pass over the others.',
    returnUrl: 'Where the user goes in the end: one of your registered addresses, to the letter.',
    confirmUrl:
      'Where the browser goes so that you say who your user is: one of your registered addresses. The first when left out.',
    refreshUrl:
      'Where the browser goes when the url is used or too old: one of your registered addresses. The first, if any, when left out.',
    state: 'Your own word, which comes back with the user. Bind it to your session.',
    userCheck:
      'How it is made sure that the person at the browser is this user: you "confirm" it, they "sign_in" here, or "none", which has to be allowed for you.',
    openMinutes: 'For how many minutes the url can be opened.',
    nonce: 'The nonce that came with the browser to your confirm address.',
    ownIdentifier: 'The identifier of the user who is signed in to your app in that browser.',
    url: 'Send your user’s browser here. It works once, and is good for nobody else.',
    openUntil: 'Until when the url can be opened.',
    continueUrl: 'Send that browser here. It works once, in that browser only, for five minutes.',
    outcome:
      'connected, already_connected, skipped, not_done, or failed: and why, such as failed:consent_denied. Null while nobody can tell. After the end it stays as it was then; of one that expired it tells only what happened in it.',
    status:
      'open until it is started, started until its user leaves; then complete when everything required is connected, else incomplete. cancelled and expired end it before.',
    asOf: 'How old the outcomes are at most, or null where nothing was read for them.',
    expiresAt: 'When it ends by itself.',
    detail: 'What happened and what to do.',
    code: 'A stable word for programs.',
    reference: 'Quote it when you ask for help.',
    errors: 'The fields at fault.',
  },

  /** What can be asked. */
  operations: {
    create: 'Makes an onboarding session for one of your users',
    read: 'Tells how an onboarding session of yours stands',
    cancel: 'Ends an onboarding session of yours',
    confirm: 'Tells who is signed in to your app in the browser that started',
    problem: 'Refused; what is wrong is in the body',
    idempotencyKey:
      'Any unique word. The same request with the same key gets the same answer for 24 hours, and does nothing twice.',
  },

  /** Why a field can’t be used. */
  fields: {
    missing: 'is required.',
    invalid: (why: string) => `can’t be used: ${why.replace(/\.$/, '')}.`,
    unknown: 'is not a field of this request. Take it away, or correct its name.',
    identifier: {
      blank: 'is blank. Give your own unique id of the user.',
      too_long: 'has more than 100 characters.',
      untrimmed: 'begins or ends with a blank. Take the blank away.',
      dots: 'is one or two dots alone, which no address can name. Give it otherwise.',
      odd_characters: 'has characters that can’t be seen. Give it without them.',
    },
    invisible: 'It has control characters or broken text',
    connectionShape: 'Expected an object such as {"name": "gmail", "required": true}',
    connectionUnknown: (known: readonly string[]) =>
      `names a connection that does not exist here. There are: ${list(known)}.`,
    connectionNotOffered: 'names a connection that an administrator of this app has turned off.',
    connectionDuplicate: 'names a connection that stands in the list before. Name each once.',
    urlUnregistered: (registered: readonly string[]) =>
      `is not one of the addresses that your API client is registered with, which it has to equal to the letter. There are: ${list(registered)}.`,
    urlReserved: (names: readonly string[]) =>
      `has a parameter of its own with a name that is ours to add: ${list(names)}. Register an address without it.`,
    confirmUrlMissing:
      'is "confirm", as it is when left out, which needs a confirm address. Have one registered for your API client, or ask for "sign_in".',
    userCheckNotAllowed:
      'is "none", which has to be allowed for your API client by an administrator of this app. Ask for "confirm" or "sign_in".',
    signInUnavailable: 'is "sign_in", but users can’t sign in to this app. Ask for "confirm".',
  },
} as const;
