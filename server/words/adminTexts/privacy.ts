interface Erased {
  readonly flowsCancelled: number;
  readonly sessionsEnded: number;
  readonly erased: Readonly<Record<string, number>>;
}

const listed = (names: readonly string[]) => (names.length === 0 ? 'nothing' : names.join(', '));
const counted = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;

/** What is held of a person: taking it out, and erasing it. */
export const adminPrivacy = {
  fileName: 'user',
  backToUser: 'Back to the user',

  export: {
    heading: 'Take out all that is held about this user?',
    sentences: [
      'You get one JSON file with everything that this app holds about the user: name and address, accounts, tries to connect, mails, sessions, and events. It has no passwords, tokens or links, and does not tell who else acted.',
      'Scalekit holds the accounts themselves; ask there for what it keeps. That you took this out is written down.',
    ],
    button: 'Get the file',
  },

  erase: {
    heading: 'Erase this user?',
    sentences: [
      'First every account of theirs is disconnected at Scalekit. Then tries that are under way are stopped, their sessions end, and all that this app holds about them is deleted. In the list of events a made-up name takes their place.',
      'This can’t be taken back. Should they sign in again, they begin anew.',
    ],
    label: 'Type the identifier to confirm',
    mismatch: 'This is not the identifier above. Nothing was erased.',
    button: 'Erase the user',
  },

  erased: ({ flowsCancelled, sessionsEnded, erased }: Erased, disconnected: readonly string[]) => {
    const rows = Object.values(erased).reduce((sum, count) => sum + count, 0);
    return [
      `Erased. Disconnected: ${listed(disconnected)}.`,
      `${counted(flowsCancelled, 'try was', 'tries were')} stopped,`,
      `${counted(sessionsEnded, 'session', 'sessions')} ended,`,
      `${counted(rows, 'record', 'records')} deleted or made nameless.`,
    ].join(' ');
  },

  notErased: {
    heading: 'Nothing was erased',
    sentences: (disconnected: readonly string[]) => [
      'The connection service did not answer as it should, so accounts may still be connected there, and nothing was erased here. Try again in a minute; what is done already does no harm.',
      ...(disconnected.length === 0 ? [] : [`Disconnected so far: ${listed(disconnected)}.`]),
    ],
  },
  comeBack: {
    heading: 'Nothing was erased',
    sentences: [
      'New accounts of this user kept appearing at the connection service while others were disconnected. Stop whatever makes them, then try again.',
    ],
  },

  command: {
    usage: `Usage: npm run user -- COMMAND IDENTIFIER

  export IDENTIFIER        prints all that is held about a user, as JSON
  erase IDENTIFIER --yes   disconnects the user's accounts at Scalekit, then erases all that is held about them
`,
    sure: 'This erases the user for good. Say --yes to do it.',
  },
} as const;
