/** The page of the outbox. */
export const adminMails = {
  heading: 'Mail',
  lead: 'What has been sent to users, and what has not. The newest is first. What a mail says is not shown here.',
  notConfigured:
    'Mail is not set up, so nothing is sent. Nothing is lost either: mails are kept here and go out once SMTP_URL and MAIL_FROM are set, as far as they are still true then.',
  sandboxed:
    'This is a sandbox: mails leave this machine for nobody. “Sent” means that it would have been sent.',
  states: {
    all: 'All',
    waiting: 'Not sent',
    troubled: 'Tried in vain so far',
    sent: 'Sent',
    withdrawn: 'Withdrawn',
    failed: 'Given up',
  },
  filter: 'Choose mails by how they stand',
  count: (count: string, isCut: boolean) => (isCut ? `${count} or more` : count),
  kinds: {
    account_expired: 'Needs reconnecting: its access ran out',
    account_disconnected: 'Needs reconnecting: its access was taken back',
    invitation: 'Asks to connect',
    reminder: 'Asks to reconnect',
  },
  about: (kind: string, title: string) => `${title}: ${kind.charAt(0).toLowerCase()}${kind.slice(1)}`,
  to: 'To',
  standing: {
    notConfigured: 'Not sent: mail is not set up.',
    due: (time: string) => `Not sent yet: goes out after ${time}, if it is still true then.`,
    retry: (error: string, tries: number, time: string) =>
      `Not sent: ${error}, after ${tries === 1 ? 'one try' : `${tries} tries`}. Next try at ${time}.`,
    sent: (time: string) => `Sent at ${time}.`,
    withdrawn: (time: string) => `Withdrawn at ${time}: it was no longer true, or no longer wanted.`,
    failed: (error: string, tries: number, time: string) =>
      `Given up at ${time} after ${tries === 1 ? 'one try' : `${tries} tries`}: ${error}.`,
    someError: 'an error without a code',
  },
  nothing: 'No mail stands like that.',
  nothingYet: 'There is no mail yet. The first one is made when an account stops working.',
  older: 'Older mails',
  newest: 'Back to the newest',
  pages: 'Pages of mails',
} as const;
