/** Why there is no mail to a user. */
const noMail = {
  already_queued: (title) =>
    `There was a mail about ${title} to this user less than an hour ago, so no other one was made.`,
  no_address: () =>
    'No sign-in of this user verified an address, so there is nowhere to send a mail. Copy the link and hand it over another way.',
  declined: () => 'This user turned mails off, so none is sent. Copy the link and hand it over another way.',
  already_active: (title) => `${title} is connected for this user, so there is nothing to ask for.`,
  not_offered: (title) => `Users can’t connect ${title} right now, so no mail is sent.`,
} as const satisfies Record<string, (title: string) => string>;

/** What admins do for one user, and what is said before and after it. */
export const adminActions = {
  backToUser: 'Back to the user',
  backToConnections: 'Back to the connections',
  user: 'User',
  connection: 'Connection',
  noMail,
  outages: {
    scalekit_slow:
      'The connection service took too long to answer. It may still carry this out, so look at how things stand before you try again.',
    scalekit_unexpected:
      'The connection service answered in a way that we did not expect. Look at how things stand before you try again.',
  },
  mail: {
    headings: {
      invitation: (title: string) => `Ask to connect ${title}?`,
      reminder: (title: string) => `Ask to reconnect ${title}?`,
      none: (title: string) => `No mail about ${title}`,
    },
    sentences: (to: string) => [
      `A mail with the user’s own link goes to ${to}. The link works for nobody else.`,
      'It is not sent if the user connects it before it goes out. There is at most one such mail an hour.',
    ],
    inSandbox: 'This is a sandbox: the mail is shown on its own page, and leaves this machine for nobody.',
    noServer: 'This app has no mail server yet, so the mail waits until one is set up.',
    sample: 'What the mail says',
    button: 'Send the mail',
    queued: (title: string) => `A mail about ${title} is on its way to the user.`,
  },
  link: {
    heading: (title: string) => `Link to ${title}`,
    sentences: (title: string) => [
      `Whoever opens it signs in first. The user below then finds a button that connects ${title}; anybody else finds words and no button.`,
      'It never ends, and opening it changes nothing. Hand it over in any way that you like.',
    ],
    label: 'The user’s own link',
    copy: 'Copy the link',
    copied: 'The link is copied.',
    notCopied: 'The browser did not let us copy it. Select the link and copy it yourself.',
  },
  disconnect: {
    heading: (title: string) => `Disconnect ${title}?`,
    sentences: (title: string) => [
      `${title} stops working for this user as soon as you disconnect it, and what relies on it can no longer use it. A try to connect it that is under way is stopped.`,
      'Their data there stays as it is. They can connect it again at any time.',
    ],
    nothing: (title: string) => `${title} is not connected for this user, so there is nothing to disconnect.`,
    button: (title: string) => `Disconnect ${title}`,
    done: (title: string) => `${title} is disconnected for this user.`,
    flowsStopped: 'A try of the user to connect it that was under way may have been stopped.',
  },
  signOut: {
    heading: 'Sign this user out everywhere?',
    sentences: [
      'Every session of this user ends, in every browser and on every device. What they have connected stays connected.',
      'They can sign in again at once, unless the sign-in service refuses them.',
    ],
    own: 'This is you: your own session here ends as well.',
    button: 'Sign out everywhere',
    done: 'The user is signed out everywhere.',
  },
} as const;
