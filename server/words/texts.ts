import { adminActions } from './adminTexts/actions.js';
import { auditGroups, auditNames, auditTypes } from './adminTexts/auditTypes.js';
import { adminClients } from './adminTexts/clients.js';
import { adminConnections } from './adminTexts/connections.js';
import { adminEvents } from './adminTexts/events.js';
import { adminLayout } from './adminTexts/layout.js';
import { adminMailings } from './adminTexts/mailings.js';
import { adminMails } from './adminTexts/mails.js';
import { adminOverview } from './adminTexts/overview.js';
import { adminPrivacy } from './adminTexts/privacy.js';
import { adminReasons } from './adminTexts/reasons.js';
import { adminReconnect } from './adminTexts/reconnect.js';
import { adminStates } from './adminTexts/states.js';
import { adminSync } from './adminTexts/sync.js';
import { adminUsers } from './adminTexts/users.js';
import { onboardingApi } from './onboardingTexts/api.js';
import { apiDocs } from './onboardingTexts/apiDocs.js';
import { onboarding } from './onboardingTexts/pages.js';
import { userApi } from './onboardingTexts/userApi.js';

/** Why a reader of mail gets it. */
const becauseConnected = (product: string) =>
  `You get this because you connected an account in ${product}. There is one mail each time an account stops working.`;
const becauseAsked = (product: string) =>
  `You get this because whoever runs ${product} for you asked you to connect an account.`;

/**
 * Every sentence that a person reads, in English. Another language is another object of this shape.
 * Entries that take values are functions; what they are given is plain text, which the views escape.
 */
export const en = {
  lang: 'en',

  states: {
    not_connected: 'Not connected',
    pending: 'Waiting for you',
    needs_verification: 'Needs one more step',
    active: 'Connected',
    expired: 'Needs reconnecting',
    disconnected: 'Disconnected',
    unknown: 'Unknown',
  },

  actions: {
    connect: (title: string) => `Connect ${title}`,
    continue: (title: string) => `Continue ${title}`,
    finish: (title: string) => `Finish ${title}`,
    reconnect: (title: string) => `Reconnect ${title}`,
    disconnect: (title: string) => `Disconnect ${title}`,
    disconnectIt: 'Disconnect',
    removeIt: 'Remove',
    remove: (title: string) => `Remove ${title}`,
    useAnother: 'Use another account',
    useAnotherAccount: (title: string) => `Use another account for ${title}`,
    tryAgain: 'Try again',
    startAgain: 'Start again',
    backToAccounts: 'Back to your accounts',
    signIn: 'Sign in',
    signInAsAnother: 'Sign in as somebody else',
    signOutEverywhere: 'Sign out everywhere',
    continueOn: 'Continue',
    cancel: 'Cancel',
  },

  /** Why a connection needs its user. */
  reasons: {
    pending: 'You started to connect it but did not finish.',
    needs_verification: 'You approved it, but one step is missing.',
    expired: 'Its access ran out, so it can’t be used until you reconnect it.',
    disconnected: 'Its access was taken back, here or at the provider.',
    unknown: 'We can’t tell how it stands. Reconnecting usually helps.',
  },

  /** Why it needs its user although it works. */
  reconnectReason:
    'It needs new permission from you since what it is used for has changed. Reconnect it to approve.',

  sections: {
    attention: 'Needs you',
    available: 'Not connected',
    connected: 'Connected',
    unread: 'Your connections',
  },

  times: {
    since: (date: string) => `since ${date}`,
    utc: (time: string) => `${time} UTC`,
  },

  disconnecting: {
    sentences: (title: string, identifier: string) => [
      `${title} stops working for ${identifier} as soon as you disconnect it, and what relies on it here can no longer use it.`,
      `Your data at ${title} stays as it is. You can connect it again at any time.`,
    ],
  },

  removing: {
    sentences: (title: string) => [
      `${title} does not work for you right now. When you remove it, it goes back to the ones that are not connected.`,
      `Your data at ${title} stays as it is. You can connect it again at any time.`,
    ],
  },

  connecting: {
    sentence: (title: string) =>
      `You are about to connect ${title} for the account below. ${title} asks you to approve it next.`,
    active: (title: string) =>
      `${title} is connected for the account below already. You can go on, or use another account in its place.`,
    required: (title: string) =>
      `${title} needs new permission from you since what it is used for has changed. You are about to reconnect it for the account below. ${title} asks you to approve it next.`,
    unread: (title: string) =>
      `You are about to connect ${title} for the account below. We can’t tell right now whether it is connected already.`,
  },

  summary: {
    none: 'There is nothing to connect yet. When your administrator offers a connection, it shows up here.',
    connected: (active: number, all: number) => `${active} of ${all} connected.`,
    needsYou: (titles: readonly string[]) =>
      titles.length === 1 ? `${titles[0]} needs you.` : `${titles.length} need you: ${titles.join(', ')}.`,
    unread: 'We can’t tell yet what is connected.',
  },

  notices: {
    connected: (title: string) => `${title} is connected.`,
    disconnected: (title: string) => `${title} is disconnected.`,
    cancelled: (title: string) => `You stopped connecting ${title}. Nothing was connected.`,
    cancelledKept: (title: string) => `You stopped connecting ${title}. It stays connected as it was.`,
    outage: (time: string) =>
      `We can’t reach the connection service right now. What you see is from ${time} and may have changed.`,
    outageUnknown:
      'We can’t reach the connection service right now, so we can’t show how your accounts stand.',
  },

  flow: {
    connecting: (title: string) => `Connecting ${title}`,
    connected: (title: string) => `${title} is connected`,
    stopped: (title: string) => `${title} was not connected`,
    openHere: (title: string) =>
      `Open ${title} in a new tab and finish there. This page notices by itself when you are done.`,
    openAgain: (title: string) => `Open ${title} in a new tab`,
    waiting: (title: string) => `Waiting for you to finish with ${title}.`,
    stillWaiting: (title: string) => `Still waiting for ${title}. If you closed its window, start again.`,
    checking: 'Checking that it was you. This takes a few seconds.',
    outage: 'We can’t reach the connection service right now. We keep trying.',
    until: (time: string) => `Open until ${time}.`,
    done: 'We take you on in a moment.',
    finish: 'Finish connecting',
    toFinishHeading: (title: string) => `${title} is not connected yet`,
    toFinish: (title: string) =>
      `You approved ${title}, but we couldn’t reach the connection service to finish. Your approval is kept for now, so try again in a moment.`,
    undoneHeading: (title: string) => `${title} is no longer connected`,
    undone: (title: string) =>
      `${title} was connected here, but its access has ended since. Connect it again if you still want it.`,
    cancelled: (title: string) => `You stopped connecting ${title}.`,
  },

  /** What stands for the title of a connection when nobody knows which one it is about. */
  unnamedService: 'the other service',

  /** What went wrong: what happened, what it means, what to do. The next step of each is in `accounts/failures.ts`. */
  failures: {
    consent_denied: {
      heading: (title: string) => `${title} was not connected`,
      sentence: (title: string) => `You chose not to give access to ${title}. Nothing was connected.`,
    },
    link_expired: {
      heading: (title: string) => `${title} was not connected`,
      sentence: (title: string) =>
        `The link to ${title} was not used in time, so nothing was connected. Start again to get a new one.`,
    },
    never_returned: {
      heading: (title: string) => `${title} was not connected`,
      sentence: (title: string) =>
        `We didn’t hear back from ${title} within 30 minutes, so we stopped waiting. Start again when you are ready.`,
    },
    wrong_user: {
      heading: () => 'Nothing was connected',
      sentence: (title: string) =>
        `This approval was started by someone else, so nothing was connected. If you wanted to connect your own ${title}, start from your accounts.`,
    },
    session_gone: {
      heading: () => 'Nothing was connected',
      sentence: () =>
        'The sign-in that this approval belongs to has ended, or was in another browser, so nothing was connected. Start again from your accounts.',
    },
    state_unknown: {
      heading: () => 'Nothing was connected',
      sentence: () =>
        'We don’t know this approval, or it was used already. Nothing was changed. See your accounts for how things stand.',
    },
    provider_error: {
      heading: (title: string) => `${title} was not connected`,
      sentence: (title: string) =>
        `${title} could not finish the connection because of a problem on its side. Nothing was connected. Try again in a minute.`,
    },
    permission_missing: {
      heading: (title: string) => `${title} was not connected`,
      sentence: (title: string) =>
        `${title} did not accept the permissions that were asked for. Nothing was connected. Tell your administrator if it happens again.`,
    },
    exchange_failed: {
      heading: (title: string) => `${title} was not connected`,
      sentence: (title: string) =>
        `You approved, but ${title} did not hand over access. Nothing was connected. Start again to get a new approval.`,
    },
    approval_expired: {
      heading: (title: string) => `${title} was not connected`,
      sentence: (title: string) =>
        `Your approval of ${title} was no longer valid when it reached us. Nothing was connected. Start again to get a new one.`,
    },
    finished_elsewhere: {
      heading: (title: string) => `${title} is connected`,
      sentence: (title: string) =>
        `You finished connecting ${title} in another tab, so this one is no longer needed.`,
    },
    unverified_activation: {
      heading: (title: string) => `${title} needs a check`,
      sentence: (title: string) =>
        `${title} became active without the check that it was you who approved, so we don’t count it as connected by you. Disconnect it, then start again.`,
    },
    disconnected_meanwhile: {
      heading: (title: string) => `${title} was not connected`,
      sentence: (title: string) =>
        `${title} was disconnected while you were connecting it, so we stopped. Start again if you want it connected.`,
    },
    pair_busy: {
      heading: () => 'Another step is being finished',
      sentence: () =>
        'Something else is happening with this connection right now, perhaps in another tab or window, so this was not done. Try again in a moment.',
    },
    scalekit_unreachable: {
      heading: () => 'We can’t reach the connection service',
      sentence: () =>
        'The connection service does not answer right now, so this was not done. Try again in a minute.',
    },
    scalekit_slow: {
      heading: () => 'The connection service is slow',
      sentence: () =>
        'The connection service took too long to answer. It may still carry this out, so check your accounts before you try again.',
    },
    scalekit_rate_limited: {
      heading: () => 'The connection service is busy',
      sentence: () =>
        'The connection service asks us to slow down, so this was not done. Wait a minute, then try again.',
    },
    operator_credentials: {
      heading: () => 'This app is not set up correctly',
      sentence: () =>
        'The connection service does not accept this app’s own credentials, so nothing can be connected. Only your administrator can fix this, so please tell them.',
    },
    scalekit_unexpected: {
      heading: () => 'The connection service had a problem',
      sentence: () =>
        'The connection service answered in a way that we did not expect. Check your accounts, then try again.',
    },
    connection_unknown: {
      heading: () => 'There is no such connection',
      sentence: () =>
        'This address names a connection that does not exist here. Choose one from your accounts.',
    },
    connection_not_offered: {
      heading: (title: string) => `${title} is not offered right now`,
      sentence: (title: string) =>
        `${title} can’t be connected because your administrator has turned it off. Choose another one from your accounts.`,
    },
    flow_unknown: {
      heading: () => 'There is nothing to wait for here',
      sentence: (title: string) =>
        `You have not started connecting ${title} in this browser, or it was long ago. Start from your accounts.`,
    },
    addressed_to_other: {
      heading: () => 'This link is not for you',
      sentence: () =>
        'This link was made for another person than the one you are signed in as, or a part of it is missing, so it does nothing here. Sign in as the person it was made for, or go to your own accounts.',
    },
  },

  /** Why a sign-in at the OpenID provider came to nothing. The next step of each is in `identity/signInFailures.ts`. */
  signInFailures: {
    denied: {
      heading: 'You are not signed in',
      sentence: 'You stopped the sign-in, or it was not allowed for your account. Nothing was changed.',
    },
    state_unknown: {
      heading: 'This sign-in is not known',
      sentence:
        'We don’t know this sign-in, or it was used already. This happens after going back or reloading. Nothing was changed.',
    },
    other_browser: {
      heading: 'You are not signed in',
      sentence:
        'This sign-in was started in another browser, or in a session that has ended, so it does not count here. If you did not start it yourself, close this page.',
    },
    try_expired: {
      heading: 'You are not signed in',
      sentence: 'The sign-in took longer than 10 minutes, so it no longer counts. Start again.',
    },
    clock_skew: {
      heading: 'The clocks do not agree',
      sentence:
        'The clock of this app and that of the sign-in service are too far apart, so nobody can be signed in. Only your administrator can fix this, so please tell them.',
    },
    answer_not_trusted: {
      heading: 'You are not signed in',
      sentence:
        'The answer of the sign-in service did not pass our checks, so it does not count. Try again, and tell your administrator if it happens again.',
    },
    claim_missing: {
      heading: 'You can’t be signed in',
      sentence:
        'The sign-in service did not tell us who you are in the way that this app needs. Only your administrator can fix this, so please tell them.',
    },
    email_unverified: {
      heading: 'Your e-mail address is not verified',
      sentence:
        'This app knows you by your e-mail address, which the sign-in service has not verified yet. Verify it there, then try again.',
    },
    identifier_unusable: {
      heading: 'You can’t be signed in',
      sentence:
        'What the sign-in service calls you can’t be used here: it is too long, or has characters that can’t be seen. Please tell your administrator.',
    },
    provider_unreachable: {
      heading: 'Sign-in is not possible right now',
      sentence: 'We can’t reach the sign-in service. Try again in a minute.',
    },
    provider_error: {
      heading: 'You are not signed in',
      sentence:
        'The sign-in service had a problem, so the sign-in could not be finished. Try again in a minute.',
    },
    operator_settings: {
      heading: 'This app is not set up correctly',
      sentence:
        'The sign-in service does not accept this app, so nobody can sign in. Only your administrator can fix this, so please tell them.',
    },
  },

  /** What other apps are refused with. */
  apiErrors: {
    api_key_required: {
      heading: 'An API key is needed',
      sentences: ['Send the key of your API client in the header Authorization, after the word Bearer.'],
    },
    api_key_invalid: {
      heading: 'This API key does not work',
      sentences: [
        'The key is not known here, or it has ended. Ask an administrator of this app for a new one.',
      ],
    },
    insufficient_scope: {
      heading: 'Your API client may not do this',
      sentences: (scope: string) => [
        `This takes the scope ${scope}, which an administrator of this app can give your client.`,
      ],
    },
  },

  onboardingApi,
  userApi,
  apiDocs,
  onboarding,

  errors: {
    reference: (reference: string) => `If you ask for help, quote ${reference}.`,
    not_found: {
      heading: 'This page does not exist',
      sentence: 'The address may be mistyped, or the page has moved.',
    },
    form_expired: {
      heading: 'This form is out of date',
      sentence:
        'The page was open for too long, or you signed in again since. Nothing was changed. Go back, reload the page and try again.',
    },
    https_unknown: {
      heading: 'Signing in doesn’t work here yet',
      sentence:
        'Something about this app is set up wrong, so that it can’t keep you signed in. Only whoever runs it can change this. Please tell them.',
    },
    too_many_requests: {
      heading: 'That was a little fast',
      sentence: (seconds: number) =>
        `There were too many tries in a short time. Nothing was changed. Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`,
    },
    too_large: {
      heading: 'That was too much to send',
      sentence: 'What was sent is larger than this page accepts. Nothing was changed.',
    },
    bad_request: {
      heading: 'We can’t read this request',
      sentence: 'A part of the address or of the form is not in a form that we know. Nothing was changed.',
    },
    foreign_host: {
      heading: 'This app is not at this address',
      sentence:
        'It runs for this machine alone and answers only under its own name. Open it by the address that it printed at its start.',
    },
    sign_in_required: {
      heading: 'You are signed out',
      sentence: 'Sign in to go on.',
    },
    not_allowed: {
      heading: 'This is not for you',
      sentence:
        'Your account may not do this here. If you think that it should, ask whoever runs this app to give you the role.',
    },
    sign_in_unavailable: {
      heading: 'Nobody can sign in here yet',
      sentence:
        'The development sign-in works only while this app is used on the machine that it runs on, and no other sign-in is set up. Only your administrator can change this.',
    },
    database_unavailable: {
      away: {
        heading: 'We can’t reach our records right now',
        sentence:
          'We can’t look up or save anything at the moment, so what you asked for may not have been done. Try again in a minute.',
      },
      unwritable: {
        heading: 'We can’t save anything right now',
        sentence:
          'What you asked for may not have been done. Pages that only show something still work. Try again in a few minutes, and tell your administrator if this goes on.',
      },
    },
    internal: {
      heading: 'Something went wrong on our side',
      sentence: 'We have noted what happened. Try again in a minute.',
    },
  },

  /** What well-known providers are called and what connecting them is for, by provider key in lower case. */
  providers: {
    airtable: { title: 'Airtable', description: 'Read and update your bases' },
    asana: { title: 'Asana', description: 'Follow and create tasks for you' },
    attio: { title: 'Attio', description: 'Look up and update your contacts' },
    confluence: { title: 'Confluence', description: 'Find and write pages in your spaces' },
    discord: { title: 'Discord', description: 'Read and post in your servers' },
    dropbox: { title: 'Dropbox', description: 'Find and share your files' },
    exa: { title: 'Exa', description: 'Search the web with your own key' },
    freshdesk: { title: 'Freshdesk', description: 'Read and answer tickets' },
    github: { title: 'GitHub', description: 'Work with your repositories, issues and pull requests' },
    gitlab: { title: 'GitLab', description: 'Work with your projects and merge requests' },
    gmail: { title: 'Gmail', description: 'Read and send mail for you' },
    googlecalendar: { title: 'Google Calendar', description: 'See your calendar and plan meetings' },
    googledocs: { title: 'Google Docs', description: 'Read and write your documents' },
    googledrive: { title: 'Google Drive', description: 'Find and share your files' },
    googlesheets: { title: 'Google Sheets', description: 'Read and update your spreadsheets' },
    hubspot: { title: 'HubSpot', description: 'Look up and update your customers' },
    intercom: { title: 'Intercom', description: 'Read and answer conversations' },
    jira: { title: 'Jira', description: 'Follow and create issues' },
    linear: { title: 'Linear', description: 'Follow and create issues' },
    microsoftteams: { title: 'Microsoft Teams', description: 'Read and post messages for you' },
    monday: { title: 'monday.com', description: 'Follow and update your boards' },
    notion: { title: 'Notion', description: 'Find and write pages in your workspace' },
    onedrive: { title: 'OneDrive', description: 'Find and share your files' },
    openai: { title: 'OpenAI', description: 'Use models with your own key' },
    outlook: { title: 'Outlook', description: 'Read and send mail for you' },
    salesforce: { title: 'Salesforce', description: 'Look up and update your customers' },
    slack: { title: 'Slack', description: 'Read and post messages for you' },
    snowflake: { title: 'Snowflake', description: 'Ask questions of your data' },
    stripe: { title: 'Stripe', description: 'Look up payments and customers' },
    tavily: { title: 'Tavily', description: 'Search the web with your own key' },
    trello: { title: 'Trello', description: 'Follow and update your boards' },
    zendesk: { title: 'Zendesk', description: 'Read and answer tickets' },
    zoom: { title: 'Zoom', description: 'Plan and look up your meetings' },
  },

  /** The mails. A title and the product's name come without control, bidirectional and URL characters. */
  mails: {
    greeting: 'Hello,',
    unnamed: 'A connection',
    unnamedProduct: 'this app',
    account: 'Account',
    account_expired: {
      subject: (title: string) => `${title} needs reconnecting`,
      sentences: (title: string, product: string) => [
        `The access to ${title} that you gave ${product} ran out. Until you reconnect it, nothing that relies on it works. Nothing else has changed.`,
        'To mend it, open the link below, sign in, and reconnect.',
      ],
      reason: becauseConnected,
    },
    account_disconnected: {
      subject: (title: string) => `${title} needs reconnecting`,
      sentences: (title: string, product: string) => [
        `The access to ${title} that you gave ${product} was taken back, at ${title} itself or by whoever runs it for you. Nothing that relies on it works until you reconnect it.`,
        'If you meant this to happen, there is nothing to do. Otherwise open the link below, sign in, and reconnect.',
      ],
      reason: becauseConnected,
    },
    invitation: {
      subject: (title: string) => `Connect ${title}`,
      sentences: (title: string, product: string) => [
        `${product} asks you to connect ${title}. What needs ${title} works for you once it is connected, and not before.`,
        'Open the link below, sign in, and connect. You see what you are asked to approve before anything is connected.',
      ],
      reason: becauseAsked,
    },
    reminder: {
      subject: (title: string) => `${title} needs reconnecting`,
      sentences: (title: string, product: string) => [
        `${product} asks you to reconnect ${title}. What needs ${title} may not work for you until you do.`,
        'Open the link below, sign in, and reconnect. You see what you are asked to approve before anything is connected.',
      ],
      reason: becauseAsked,
    },
    onlyForYou: 'The link works for nobody but you, after signing in.',
    decline: 'Turn these mails off',
  },

  /** The page that shows the sandbox's mails. */
  outbox: {
    heading: 'Mails of the sandbox',
    lead: 'These mails leave this machine for nobody. The newest is first.',
    empty:
      'There is no mail yet. Connect an account, then expire or revoke it on the control page of the sandbox, and reload your list.',
    to: 'To',
    html: 'HTML source',
    waiting: (time: string) => `Goes out after ${time}, unless it heals before.`,
    sent: (time: string) => `Sent at ${time}.`,
    withdrawn: (time: string) => `Withdrawn at ${time}: it was no longer true or no longer wanted.`,
    failed: (time: string) => `Given up at ${time}.`,
  },

  identifierFaults: {
    blank: 'Type an identifier, such as an e-mail address.',
    too_long: 'An identifier has at most 100 characters.',
    untrimmed: 'An identifier neither begins nor ends with a blank. Take the blank away.',
    dots: 'An identifier is more than one or two dots.',
    odd_characters: 'This identifier has characters that cannot be seen. Type it again without them.',
  },

  /** The pages of those who run the product; each subject's words are in a file of their own. */
  admin: {
    layout: adminLayout,
    actions: adminActions,
    mailings: adminMailings,
    reconnect: adminReconnect,
    clients: adminClients,
    privacy: adminPrivacy,
    auditTypes,
    auditGroups,
    auditNames,
    connections: adminConnections,
    events: adminEvents,
    mails: adminMails,
    overview: adminOverview,
    reasons: adminReasons,
    sync: adminSync,
    states: adminStates,
    users: adminUsers,
  },

  pages: {
    layout: {
      skip: 'Skip to the content',
      sandbox: 'Sandbox: no real accounts are touched',
      signedInAs: 'Signed in as',
      signOut: 'Sign out',
      account: 'Account',
    },
    signIn: {
      heading: 'Sign in',
      stale: 'The page was open for too long, so you weren’t signed in. Try again.',
      lead: 'This is the development sign-in. It asks for no password and works only on the machine that this app runs on.',
      samples: 'Sample users',
      as: 'Sign in as',
      admin: 'Admin',
      anyone: 'Anyone else',
      identifier: 'Any identifier',
      hint: 'Your app’s own id of a user, such as an e-mail address. At most 100 characters.',
    },
    openidSignIn: {
      lead: 'You sign in with your own account at a separate sign-in service, and then come back here.',
    },
    account: {
      heading: 'Your sign-in',
      sentences: [
        'You can sign out in every browser and on every device at once, this one included. What you have connected stays connected.',
        'Do this when you have lost a device, or when you think that somebody else is signed in as you.',
      ],
      mail: {
        heading: 'Mail',
        label: 'Mail me when an account needs me',
        goesTo: (address: string) => `Mail goes to ${address}, the address that your sign-in verified.`,
        goesNowhere: 'Your sign-in verified no address of yours, so there is no mail to you either way.',
        save: 'Save',
        wanted: 'Saved: you get a mail when an account needs you.',
        declined: 'Saved: you get no mails.',
        outbox: 'See the mails of the sandbox',
      },
    },
    connections: {
      heading: 'Your accounts',
      filter: 'Filter your accounts',
      filterCount: (shown: string, all: string) => `${shown} of ${all} shown`,
      filterNothing: (text: string) => `Nothing matches “${text}”. Clear the filter to see everything again.`,
    },
    linkOfOther: {
      heading: 'This link is for somebody else',
      sentences: [
        'It was made for the user below. You are signed in as somebody else, so it does nothing here: only that user, signed in as themselves, finds a button.',
        'Nothing was changed, and nobody was asked for anything. Hand the link over, or look at the user.',
      ],
      seeUser: 'See the user',
    },
    disconnect: {
      removeHeading: (title: string) => `Remove ${title}?`,
      heading: (title: string) => `Disconnect ${title}?`,
      nothingHeading: (title: string) => `${title} is not connected`,
      nothing: (title: string) => `There is nothing to disconnect. You can connect ${title} at any time.`,
    },
    status: {
      unreachable: 'We can’t reach this app right now. We keep trying, so you can leave this page open.',
      offline: 'You are offline. This page goes on by itself when you are back.',
    },
  },
};
