const number = new Intl.NumberFormat('en-GB');
const users = (count: number) => (count === 1 ? 'one user' : `${number.format(count)} users`);

/** What became of the users of a mailing. */
const outcomes = {
  queued: 'Mail in the outbox',
  already_queued: 'Mailed less than an hour ago',
  no_address: 'No verified address',
  declined: 'Wants no mail',
  already_active: 'Connected already',
  not_offered: 'Connection not offered',
} as const satisfies Readonly<Record<string, string>>;

/** Mail to many users at once. */
export const adminMailings = {
  headings: {
    choose: 'Mail users about which connection?',
    confirm: (title: string) => `Mail users about ${title}?`,
    mailing: (title: string) => `Mailing about ${title}`,
  },
  action: 'Mail these users',
  choose: 'Each mail is about one connection.',
  connection: 'Connection',
  goOn: 'Go on',
  concerns: 'Users found',
  count: (count: number) => number.format(count),
  sentences: (title: string) => [
    `Each of them gets one mail with a link of their own: to connect ${title}, or to reconnect it, as their account needs. Nobody gets a mail who is connected, turned mails off, has no verified address, or got such a mail less than an hour ago.`,
    'The mails go out one after the other. You see how far it is, and you can stop it.',
  ],
  users: 'Among them',
  sample: 'What such a mail says',
  nobody: 'The filter finds no user, so there is nobody to mail.',
  tooMany: (count: number) =>
    `The filter finds more than ${number.format(count)} users, which is too many for one mailing. Narrow it.`,
  button: (count: number) => `Mail ${users(count)}`,
  back: 'Back to the users',
  statuses: {
    waiting: 'It begins once the mailings before it are done and the outbox has room.',
    running: 'Users are gone through, and their mails are put into the outbox.',
    done: 'All users were gone through. Mails in the outbox go out one after the other.',
    stopped: 'It was stopped. Mails that were in the outbox already still go out.',
  },
  /** @param confirmed how many users there were when it was confirmed */
  progress: (done: number, all: number, confirmed: number) =>
    `${number.format(done)} of ${number.format(all)} users gone through${
      confirmed === all ? '' : ` (${number.format(confirmed)} when it was confirmed)`
    }`,
  stop: 'Stop the mailing',
  stopped: 'The mailing is stopped. Mails that were in the outbox already still go out.',
  ended: 'The mailing was over already, so there was nothing to stop.',
  outcomes,
  all: 'All',
  results: 'What became of them',
  user: 'User',
  outcome: 'Outcome',
  noResults: 'Nobody yet.',
  next: 'Next page',
  first: 'First page',
  list: {
    heading: 'Mailings',
    lead: 'What went out to many users at once. The newest is first.',
    mails: 'Single mails',
    by: 'By',
    users: (count: number, isDone: boolean) =>
      isDone ? `${users(count)} gone through` : `${users(count)} when it was confirmed`,
    standings: { waiting: 'Waiting for its turn', running: 'Under way', done: 'Done', stopped: 'Stopped' },
    nothing: 'There has been no mailing yet. It begins on the page of the users, with those whom you choose.',
    older: 'Older mailings',
    newest: 'Back to the newest',
    pages: 'Pages of mailings',
    all: 'See all mailings',
  },
  earlier: 'Earlier mailings',
  earlierOne: (title: string, time: string, users: string) => `${title}, ${time}: ${users}`,
} as const;
