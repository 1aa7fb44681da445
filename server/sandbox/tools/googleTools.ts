import type { JsonObject } from '@bufbuild/protobuf';
import type { Person } from '../providers/person.js';
import { list, number, type ProviderTools, required, text, textIn, upTo, yesOrNo } from './tool.js';

interface Mail {
  readonly from: string;
  readonly subject: string;
  readonly snippet: string;
  readonly hoursAgo: number;
  readonly unread: boolean;
}

/** The mails of everybody's mailbox. None of their senders exists. */
const mails: readonly Mail[] = [
  {
    from: 'Grace Hopper <grace@example.com>',
    subject: 'Minutes of Tuesday',
    snippet: 'Here is what we agreed on. Two things are still open, and both are yours.',
    hoursAgo: 2,
    unread: true,
  },
  {
    from: 'Billing <billing@saas.example>',
    subject: 'Your invoice for November',
    snippet: 'The invoice 2026-1142 over 49.00 EUR is attached. Nothing is left to do.',
    hoursAgo: 9,
    unread: true,
  },
  {
    from: 'Alan Turing <alan@example.com>',
    subject: 'Re: Does the machine halt?',
    snippet: 'I thought about it for a while, and I cannot tell you when I will be done.',
    hoursAgo: 27,
    unread: false,
  },
  {
    from: 'Katherine Johnson <katherine@example.com>',
    subject: 'The numbers for the launch',
    snippet: 'I went through them by hand once more. They are good to go.',
    hoursAgo: 51,
    unread: true,
  },
  {
    from: 'The museum <tickets@museum.example>',
    subject: 'Your tickets for Saturday',
    snippet: 'Show this mail at the door, on paper or on your phone.',
    hoursAgo: 120,
    unread: false,
  },
];

const hour = 60 * 60_000;

function messageOf(person: Person, mail: Mail, index: number): JsonObject {
  const id = person.hex.slice(index, index + 16);
  const sent = Date.now() - mail.hoursAgo * hour;
  return {
    id,
    threadId: id,
    labelIds: mail.unread ? ['INBOX', 'UNREAD'] : ['INBOX'],
    snippet: mail.snippet,
    internalDate: String(sent),
    payload: {
      mimeType: 'text/plain',
      headers: [
        { name: 'From', value: mail.from },
        { name: 'To', value: person.account },
        { name: 'Subject', value: mail.subject },
        { name: 'Date', value: new Date(sent).toUTCString() },
      ],
    },
  };
}

/** Understands `is:unread`, `from:` and plain words of Gmail's search. */
function matchesQuery({ from, subject, snippet, unread }: Mail, query: string): boolean {
  const said = `${from}\n${subject}\n${snippet}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => {
      if (word === 'is:unread') return unread;
      if (word === 'is:read') return !unread;
      if (word.startsWith('from:')) return from.toLowerCase().includes(word.slice(5));
      return word.startsWith('in:') || word.startsWith('label:') || said.includes(word);
    });
}

export const gmailTools: ProviderTools = {
  provider: 'GMAIL',
  tools: [
    {
      name: 'gmail_fetch_mails',
      title: 'Fetch mails',
      description: 'Fetch mails of the mailbox, the newest first, all of them or those that a search finds.',
      effect: 'reads',
      input: {
        query: text("A search in Gmail's own syntax, such as is:unread from:grace@example.com"),
        max_results: number('How many mails to fetch at most'),
        label_ids: list('Only mails that carry all of these labels'),
        include_spam_trash: yesOrNo('Whether to look into spam and trash, too'),
        format: text('How much of each mail to return: minimal, metadata or full'),
        page_token: text('Where to go on, from the answer before'),
      },
      answer({ person, input }) {
        const found = mails.filter((mail) => matchesQuery(mail, textIn(input, 'query')));
        const messages = upTo(
          input,
          'max_results',
          found.map((mail) => messageOf(person, mail, mails.indexOf(mail))),
        );
        return { messages, resultSizeEstimate: found.length };
      },
    },
    {
      name: 'gmail_get_message_by_id',
      title: 'Read a mail',
      description: 'Read one mail by its id.',
      effect: 'reads',
      input: { message_id: required(text('The id of the mail, from a list of mails')) },
      answer({ person, input }) {
        const messages = mails.map((mail, index) => messageOf(person, mail, index));
        const id = textIn(input, 'message_id');
        return messages.find((message) => message.id === id) ?? { error: 'Requested entity was not found.' };
      },
    },
    {
      name: 'gmail_create_draft',
      title: 'Write a draft',
      description: 'Write a mail and keep it as a draft, without sending it.',
      effect: 'changes',
      input: {
        to: required(text('The address of who it is for')),
        subject: required(text('The subject')),
        body: required(text('The text')),
      },
      answer: ({ person }) => ({ id: `r-${person.number}`, message: { id: person.hex.slice(20, 36) } }),
    },
    {
      name: 'gmail_send_message',
      title: 'Send a mail',
      description: 'Send a mail from the mailbox.',
      effect: 'changes',
      input: {
        to: required(text('The address of who it is for')),
        subject: required(text('The subject')),
        body: required(text('The text')),
        cc: text('The addresses of who gets a copy, separated by commas'),
      },
      answer: ({ person }) => ({
        id: person.hex.slice(24, 40),
        threadId: person.hex.slice(24, 40),
        labelIds: ['SENT'],
      }),
    },
    {
      name: 'gmail_trash_message',
      title: 'Move a mail to the trash',
      description: 'Move one mail to the trash, from where it can be taken back for thirty days.',
      effect: 'destroys',
      input: { message_id: required(text('The id of the mail')) },
      answer: ({ input }) => ({ id: textIn(input, 'message_id'), labelIds: ['TRASH'] }),
    },
  ],
};

const eventOf = ({ account, hex }: Person, summary: string, daysAhead: number): JsonObject => {
  const start = new Date(Date.now() + daysAhead * 24 * hour);
  start.setUTCMinutes(0, 0, 0);
  return {
    kind: 'calendar#event',
    id: hex.slice(daysAhead, daysAhead + 26),
    status: 'confirmed',
    summary,
    organizer: { email: account, self: true },
    start: { dateTime: start.toISOString(), timeZone: 'UTC' },
    end: { dateTime: new Date(start.getTime() + hour).toISOString(), timeZone: 'UTC' },
  };
};

export const calendarTools: ProviderTools = {
  provider: 'GOOGLECALENDAR',
  tools: [
    {
      name: 'googlecalendar_list_events',
      title: 'List events',
      description: 'List the events of a calendar, in the order in which they begin.',
      effect: 'reads',
      input: {
        calendar_id: text('The calendar; the main one when left out'),
        time_min: text('Only events that end after this time'),
        time_max: text('Only events that begin before this time'),
        max_results: number('How many events to list at most'),
      },
      answer: ({ person, input }) => ({
        kind: 'calendar#events',
        summary: person.account,
        items: upTo(input, 'max_results', [
          eventOf(person, 'Stand-up', 1),
          eventOf(person, 'Lunch with Grace', 2),
          eventOf(person, 'Review of the numbers', 4),
        ]),
      }),
    },
    {
      name: 'googlecalendar_create_event',
      title: 'Create an event',
      description: 'Create an event in a calendar, and invite people to it.',
      effect: 'changes',
      input: {
        summary: required(text('What it is called')),
        start_datetime: required(text('When it begins')),
        event_duration_minutes: number('How long it takes'),
        attendees_emails: list('The addresses of who is invited'),
      },
      answer: ({ person, input }) => eventOf(person, textIn(input, 'summary'), 3),
    },
    {
      name: 'googlecalendar_delete_event',
      title: 'Delete an event',
      description: 'Delete an event from a calendar.',
      effect: 'destroys',
      input: { event_id: required(text('The id of the event')) },
      answer: ({ input }) => ({ deleted: textIn(input, 'event_id') }),
    },
  ],
};

const fileOf = ({ account, hex }: Person, name: string, index: number): JsonObject => ({
  kind: 'drive#file',
  id: `1${hex.slice(index, index + 32)}`,
  name,
  mimeType: 'application/vnd.google-apps.document',
  owners: [{ emailAddress: account, me: true }],
});

export const driveTools: ProviderTools = {
  provider: 'GOOGLEDRIVE',
  tools: [
    {
      name: 'googledrive_search_files',
      title: 'Search files',
      description: 'Search the files of the drive by their names.',
      effect: 'reads',
      input: {
        query: text('What the name contains'),
        page_size: number('How many files to list at most'),
      },
      answer({ person, input }) {
        const files = ['Roadmap', 'Minutes of Tuesday', 'Budget'].map((name, index) =>
          fileOf(person, name, index),
        );
        return { files: upTo(input, 'page_size', files) };
      },
    },
    {
      name: 'googledrive_create_file',
      title: 'Create a file',
      description: 'Create a file in the drive.',
      effect: 'changes',
      input: { name: required(text('What it is called')), content: text('What is in it') },
      answer: ({ person, input }) => fileOf(person, textIn(input, 'name'), 9),
    },
    {
      name: 'googledrive_share_file',
      title: 'Share a file',
      description: 'Give somebody access to a file.',
      effect: 'changes',
      input: {
        file_id: required(text('The id of the file')),
        email: required(text('The address of who gets access')),
        role: text('reader, commenter or writer'),
      },
      answer: ({ input }) => ({
        kind: 'drive#permission',
        role: textIn(input, 'role') || 'reader',
        emailAddress: textIn(input, 'email'),
      }),
    },
  ],
};
