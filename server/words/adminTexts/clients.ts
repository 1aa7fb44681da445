const urlNames = {
  returnUrls: 'Return addresses',
  confirmUrls: 'Confirm addresses',
  refreshUrls: 'Refresh addresses',
} as const satisfies Readonly<Record<string, string>>;

const urlFaults = {
  no_url: 'is no complete address. Begin it with https://.',
  too_long: 'is longer than 2,000 characters.',
  odd_characters: 'has a blank, a backslash or characters that cannot be seen.',
  not_https: 'must begin with https://. Plain http is only for an app on this machine.',
  fragment: 'has a part after #, which no server would see.',
  credentials: 'has a name or password before the host.',
  wildcard: 'has a *. Addresses are compared letter by letter, so name each of them.',
} as const satisfies Readonly<Record<string, string>>;

/** What is wrong with what was typed for a client. */
const settingsFaults = {
  blank: 'Give the client a name that people know the app by.',
  none: 'Choose what the client may do.',
  unknown: 'One of the scopes does not exist.',
  tooMany: (urls: string) => `${urls}: at most 10.`,
  url: (urls: string, url: string, fault: string) => `${urls}: ${url} ${fault}`,
  urlFaults,
};

const scopeHints = {
  onboarding: 'send users here in the middle of an onboarding, and get them back',
  'status:read': 'ask whether a user’s connections are ready',
  'users:write': 'have users mailed a link, and take users off, with all that they connected',
} as const satisfies Readonly<Record<string, string>>;

/** The pages and the command of API clients. */
export const adminClients = {
  heading: 'API clients',
  lead: 'Other apps that may send users here, or ask how their connections are. Each has a key of its own.',
  empty: 'There is no API client yet.',
  docs: 'What API clients can ask',
  newHeading: 'New API client',
  create: 'Make the client',
  save: 'Save changes',
  saved: 'Saved. It counts from now on.',
  name: 'Name',
  nameHint: 'Users read it when the app sends them here. Signs that make up addresses are taken out.',
  scopes: 'It may',
  scopeHints,
  urls: urlNames,
  urlHints: {
    returnUrls: 'Where users go back to. One address a line, exactly as it will be asked for.',
    confirmUrls:
      'Where the app confirms that the user at the browser is the one it meant. One address a line.',
    refreshUrls: 'Where users go whose link has ended, to get a new one. One address a line.',
  },
  allowNone: 'It may ask for onboardings that nobody checks',
  allowNoneHint:
    'Without a check, whoever opens the link connects their own accounts for the user that the app named. Allow it only where links can reach nobody else.',
  mayGiveAddress: 'It may say where a mail to a user goes',
  faults: 'This client was not saved:',
  settingsFaults,

  standing: 'Standing',
  works: 'Works',
  revoked: (time: string) => `Revoked ${time}`,
  id: 'Client id',
  made: 'Made',
  madeBy: (time: string, by: string) => `${time}, by ${by}`,
  byCommand: 'the command npm run client',
  keys: 'Keys',
  keyColumns: { key: 'Key', made: 'Made', used: 'Last used', standing: 'Standing' },
  neverUsed: 'Never',
  ends: (time: string) => `Works until ${time}`,
  ended: (time: string) => `Ended ${time}`,

  newKey: {
    heading: 'The new key',
    sentence:
      'Copy it now and keep it where secrets are kept. It is not shown again, and nobody can look it up.',
  },

  rotate: {
    action: 'Make a new key',
    heading: (name: string) => `Make a new key for ${name}?`,
    sentences: [
      'The new key works at once and is shown once. Choose how long the one before goes on, so that the app can be changed without a gap. Any key that is older still ends now.',
    ],
    overlap: 'The key before',
    overlaps: [
      { hours: 24, label: 'goes on for one day' },
      { hours: 1, label: 'goes on for one hour' },
      { hours: 168, label: 'goes on for seven days' },
      { hours: 720, label: 'goes on for thirty days' },
      { hours: 0, label: 'ends at once: it may have got into wrong hands' },
    ],
  },

  revoke: {
    action: 'Revoke the client',
    heading: (name: string) => `Revoke ${name}?`,
    sentences: [
      'All of its keys end at once, on every server, and the app gets no answers any more. This can’t be taken back; a new client gets a new key.',
      'What users have connected stays as it is.',
    ],
  },

  gone: {
    heading: 'This API client is revoked',
    sentence: 'It can’t be changed and gets no new keys. Make a new client instead.',
  },

  command: {
    usage: `Usage: npm run client -- COMMAND

  list                 all clients
  show ID              one client, with its keys
  create --name NAME   makes a client and prints its key, once
  change ID            changes what is given, and leaves the rest
  rotate ID            prints a new key; the one before goes on for --overlap-hours (24, at most 720; 0 ends it)
  revoke ID            ends the client and all its keys for good

For create and change; each of the first four may be given several times, and replaces what was there:
  --scope onboarding|status:read|users:write
  --return-url URL   --confirm-url URL   --refresh-url URL
  --allow-none, --no-allow-none                 onboardings that nobody checks
  --may-give-address, --no-may-give-address     it may say where a mail to a user goes
`,
    noSuchClient: (id: string) => `There is no API client ${id} that could be changed.`,
    keyOnce: 'Keep this key now. It is not shown again.',
    revoked: 'Revoked. Its keys end within a second everywhere.',
    overlapHours: '--overlap-hours must be a whole number from 0 to 720.',
  },
} as const;
