/** The page of all connections. */
export const adminConnections = {
  heading: 'Connections',
  lead: (offered: number, all: number) =>
    `${offered} of ${all} ${all === 1 ? 'connection is' : 'connections are'} offered to users.`,
  none: 'There is no connection yet. Set one up in Scalekit; it shows up here within a minute.',
  unknown: 'Scalekit could not be asked for its connections, so only those with accounts are listed.',
  kinds: {
    oauth: 'OAuth: users approve at the provider',
    static: 'Static credentials, such as an API key',
  },
  notVerified:
    'Scalekit verifies nobody here: a user who passes the hosted link on can collect somebody else’s key.',
  offered: {
    yes: 'Offered to users',
    disabled: 'Not offered: turned off, or not set up completely, in Scalekit',
    hidden: 'Not offered: hidden in the connections file',
    gone: 'Not offered: Scalekit does not list it any more',
  },
  failureRate: (share: string, failures: string, all: string) =>
    `${share} failed in 30 days (${failures} of ${all} tries)`,
  noTries: 'No try in 30 days',
  failureHint: 'Of the tries that users carried through; who chose not to give access does not count.',
  noAccounts: 'No accounts',
  accounts: (count: string) => `${count} ${count === '1' ? 'account' : 'accounts'}`,
  users: (title: string) => `Users of ${title}`,
  seeUsers: 'See its users',
  requireReconnect: 'Require reconnecting',
  requireReconnectOf: (title: string) => `Require reconnecting ${title}`,
} as const;
