const number = new Intl.NumberFormat('en');
const n = (count: number): string => number.format(count);
const many = (count: number, one: string, several: string): string =>
  count === 1 ? one : several.replace('#', n(count));

/** The first page of those who run the product. */
export const adminOverview = {
  heading: 'Overview',
  number: n,
  percent: (share: number) =>
    new Intl.NumberFormat('en', {
      style: 'percent',
      maximumFractionDigits: share > 0 && share < 0.1 ? 1 : 0,
    }).format(share),
  lead: {
    unread:
      'Nothing is known of anybody’s accounts yet. They show up here once they have been read from Scalekit.',
    none: 'Nobody has an account on any connection yet. The first one shows up here.',
    accounts: (active: number, all: number, stuck: number) =>
      `${n(active)} of ${many(all, 'one account', '# accounts')} ${active === 1 ? 'works' : 'work'}. ${
        stuck === 0 ? 'None is stuck.' : `${n(stuck)} ${stuck === 1 ? 'is' : 'are'} stuck.`
      }`,
  },

  attention: {
    heading: 'What needs attention now',
    nothing: 'Nothing needs you right now.',
    breaker: 'Scalekit does not answer right now. People see what was known last, and nobody can connect.',
    slowedDown: 'Scalekit asked this app to slow down. Calls are held back for a moment.',
    seeHealth: 'See its health',
    neverSynced: 'The accounts have never been read in full, so these pages may lack some.',
    stale: (time: string) => `The accounts were last read in full at ${time}. Newer changes may be missing.`,
    faulty: (reason: string) => `The last full reading of the accounts came to nothing: ${reason}.`,
    seeDirectory: 'See the directory',
    webhooksOff: 'No webhook secret is set, so changes at Scalekit show only when accounts are read.',
    webhooksNever: 'No webhook has arrived yet. Until one does, changes show only when accounts are read.',
    webhooksQuiet: (time: string) => `The last webhook arrived at ${time}. Check their address in Scalekit.`,
    mailOff: (count: number, text: string) =>
      `Mail is not set up. ${count === 1 ? 'One mail is' : `${text} mails are`} not sent and kept in the outbox.`,
    mailStuck: (count: number, text: string) =>
      `${count === 1 ? 'One mail waits' : `${text} mails wait`} after a failure, and will be tried again.`,
    mailFailed: (count: number, text: string) =>
      `${count === 1 ? 'One mail was' : `${text} mails were`} given up.`,
    seeMails: 'See the mails',
    failing: (title: string, failures: number, all: number) =>
      `${title}: ${n(failures)} of ${n(all)} tries failed today.`,
    breaking: (title: string, count: number) =>
      `${title}: ${many(count, 'one account', '# accounts')} stopped working today, more than usual.`,
    moreBroken: (count: number) =>
      `${many(count, 'One more connection', '# more connections')} had a bad day.`,
    seeConnections: 'See the connections',
    seeEvents: 'See the events',
    seeStuck: (count: number) =>
      count === 0 ? 'See who is stuck there' : `See ${many(count, 'the one', 'all #')} stuck there`,
    security: (label: string, count: string, time: string) =>
      `${label}: ${count} in the last 7 days, last at ${time}.`,
    times: (count: number) => many(count, 'once', '# times'),
    timesOrMore: (count: number) => `${n(count)} times or more`,
  },

  stuck: {
    heading: 'Stuck for longest',
    nobody: 'Nobody is stuck.',
    since: (date: string) => `since ${date}`,
    all: 'See everybody who is stuck',
  },

  accounts: {
    heading: 'Accounts by connection',
    caption: 'Each bar is the whole of a connection’s accounts.',
    legend: 'States',
    none: 'There is no account yet.',
    total: 'Accounts',
    connection: 'Connection',
    table: 'The same as a table',
    tableLabel: 'Accounts by connection, as a table',
    stuck: (count: number) => `${n(count)} stuck`,
    stuckOn: (title: string, count: number) => `${n(count)} stuck on ${title}`,
    all: 'All of them',
    part: (state: string, count: number) => `${state}: ${n(count)}`,
  },

  days: {
    heading: 'The last 30 days',
    connected: 'Connected',
    failed: 'Failed',
    failedHint: 'Without those who chose not to give access',
    expired: 'Stopped working',
    expiredHint: 'By themselves, after they were connected',
    day: 'Day (UTC)',
    today: 'Today',
    table: 'The same as a table',
    tableLabel: 'The last 30 days, as a table',
    highest: (count: number) => `at most ${n(count)} a day`,
  },

  funnel: {
    heading: 'Where tries end',
    hint: 'Tries to connect in the last 30 days.',
    nothing: 'Nobody has tried to connect anything in the last 30 days.',
    consent: 'With approval at the provider',
    direct: 'Where no browser comes back',
    directHint: 'API keys and other static credentials: nobody is sent back or verified.',
    scalekitHint: 'Verification is set to “Scalekit users only”, so no browser comes back to this app.',
    started: 'Started',
    returned: 'Came back',
    verified: 'Verified',
    active: 'Connected',
    endings: 'How the others ended',
    noEndings: 'Every try so far was carried through, or is still open.',
    stopped: 'The user stopped it',
  },

  directory: {
    heading: 'Directory',
    never: 'It has not been read in full yet.',
    readAt: (time: string) =>
      `Read in full at ${time}. Changes since then come with webhooks and when users look.`,
    fault: (reason: string) => `The last try came to nothing: ${reason}.`,
    running: 'Reading all accounts from Scalekit.',
    progress: (read: number, total: number | null) =>
      total === null ? `${n(read)} read so far` : `${n(read)} of about ${n(total)} read`,
    progressLabel: 'How much is read',
    refresh: 'Refresh all',
    reload: 'Look again',
  },

  faults: {
    unreachable: 'Scalekit could not be reached',
    timeout: 'Scalekit took too long',
    rate_limited: 'Scalekit asked to slow down',
    credentials: 'Scalekit does not accept this app’s credentials',
    other: 'Scalekit answered in an unexpected way',
  },
} as const;
